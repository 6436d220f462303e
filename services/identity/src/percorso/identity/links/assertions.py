"""What may be asserted about two subjects, and by whom; pure."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from percorso.citizens import sets
from percorso.citizens.sets import Subject

LOGIN_SERVICE = "portal"  # it has seen the login that joins a visitor with a person
MayLink = Callable[[str], Awaitable[bool]]  # whether the registration of an agency says so


class Refusal(Exception):
    """The link may not be."""


class TwoPeople(Refusal):
    """The link would make two people one."""


class TooMany(Refusal):
    """The citizen would have more than 50 subjects."""


class Proof(StrEnum):
    """On what a link rests."""

    LOGIN = "login"
    AGENCY = "agency"
    OPERATOR = "operator"


class Asserter(NamedTuple):
    """Who says so (`agency:CODE`, `operator:AGENCY/SUB`, `service:NAME`), and on what ground."""

    name: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Assertion:
    """Two different subjects that are said to be one citizen, the lesser one first."""

    one: Subject
    other: Subject
    asserter: Asserter
    reference: str


def check(one: Iterable[Subject], other: Iterable[Subject]) -> None:
    """Refuse to join two sets of subjects that cannot be one citizen."""
    joined = {*one, *other}
    if sets.people(joined) > 1:
        raise TwoPeople
    if len(joined) > sets.MAX_SUBJECTS:
        raise TooMany


def of_person(scheme: str) -> bool:
    """Say whether a scheme names a person, and not a thing that several may share."""
    return scheme in {"cf", "cf-provisional", "idanpr", "eidas"}


def ordered(one: Subject, other: Subject) -> tuple[Subject, Subject]:
    """Return the two with the lesser first, so that a pair has one form."""
    return (one, other) if one.id < other.id else (other, one)
