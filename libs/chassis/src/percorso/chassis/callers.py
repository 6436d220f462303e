"""Who may call: a caller is made of the claims of a token that was verified."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from percorso.chassis.settings import CallerKind

LEVELS = {f"https://www.spid.gov.it/SpidL{level}": level for level in (1, 2, 3)}  # by their `acr`
_OPERATOR_CLAIMS = frozenset({"agency", "role", "purpose", "case"})
MAX_CLAIM = 256  # characters; codes, numbers of cases, reasons of one line


class Role(StrEnum):
    """What an operator does at an agency."""

    DESK = "desk"
    OWNER = "owner"
    OPERATIONS = "operations"


@dataclass(frozen=True, slots=True)
class Agency:
    """A public body's system, by its code in the index of public administrations."""

    code: str
    purpose_id: str


@dataclass(frozen=True, slots=True)
class Citizen:
    """A citizen who logged in, at a SPID level."""

    subject: UUID
    level: int


@dataclass(frozen=True, slots=True)
class Operator:
    """A person at an agency, with the reason for looking."""

    subject: str
    agency: str
    role: Role
    purpose: str
    case: str


@dataclass(frozen=True, slots=True)
class Service:
    """One of our own services."""

    name: str


Caller = Agency | Citizen | Operator | Service


def acr(level: int) -> str:
    """Return what tokens and requests call a SPID level."""
    return next(name for name, known in LEVELS.items() if known == level)


def of(claims: Mapping[str, Any]) -> tuple[CallerKind, Caller]:
    """Return whom the claims name; ValueError where they name nobody, or two."""
    kinds = _kinds(claims)
    if len(kinds) != 1:
        raise ValueError("the claims name nobody or two callers")
    return kinds[0], _MADE[kinds[0]](claims)


def _kinds(claims: Mapping[str, Any]) -> list[CallerKind]:
    found = {
        CallerKind.AGENCY: "purposeId" in claims,
        CallerKind.CITIZEN: "acr" in claims,
        CallerKind.OPERATOR: not _OPERATOR_CLAIMS.isdisjoint(claims),
    }
    named = [kind for kind, is_named in found.items() if is_named]
    return named or [CallerKind.SERVICE]


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_CLAIM or not value.isprintable():
        raise ValueError("a claim is missing or not a short text")
    return value


def _agency(claims: Mapping[str, Any]) -> Agency:
    _text(claims, "jti")
    return Agency(code=_text(claims, "client_id"), purpose_id=_text(claims, "purposeId"))


def _citizen(claims: Mapping[str, Any]) -> Citizen:
    text = _text(claims, "sub")
    subject = UUID(text)
    level = LEVELS.get(_text(claims, "acr"))
    if str(subject) != text or level is None:
        raise ValueError("a claim is not in its one form")
    return Citizen(subject=subject, level=level)


def _operator(claims: Mapping[str, Any]) -> Operator:
    return Operator(
        subject=_text(claims, "sub"),
        agency=_text(claims, "agency"),
        role=Role(_text(claims, "role")),
        purpose=_text(claims, "purpose"),
        case=_text(claims, "case"),
    )


def _service(claims: Mapping[str, Any]) -> Service:
    name = _text(claims, "client_id")
    if claims.get("sub", name) != name:  # somebody's token without its own claims is no service
        raise ValueError("the claims name nobody")
    return Service(name=name)


_MADE: Mapping[CallerKind, Callable[[Mapping[str, Any]], Caller]] = {
    CallerKind.AGENCY: _agency,
    CallerKind.CITIZEN: _citizen,
    CallerKind.OPERATOR: _operator,
    CallerKind.SERVICE: _service,
}
