"""Noise: what systems and clerks do to facts on their way - late, twice, out of order, mistaken."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import NamedTuple

from percorso.city.calendar import DAY, HOUR, MINUTE, SECOND, instant_text
from percorso.city.facts import WITHDRAWN, Fact, event_bytes
from percorso.city.people import Identifier, Person
from percorso.city.services import COUNTER
from percorso.city.story import Story
from percorso.city.truth import DuplicateTruth, LateTruth, TruthLine, WithdrawnTruth, told

ON_ITS_WAY = (50, 4 * SECOND)  # enough to overtake each other
LATE_BY = (30 * MINUTE, 3 * DAY)
AGAIN_AFTER = (1 * SECOND, 6 * HOUR)
NOTICED_AFTER = (5 * MINUTE, 2 * DAY)
WITHDRAWN_FIRST = 0.1  # of the mistakes
IN_ANOTHER_FORM = 0.02  # of the identifiers are written as some people write them


class Sending(NamedTuple):
    """One event on its way to the door; sendings sort by when they are sent."""

    sent_ms: int
    source: str
    id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Rates:
    """How often which noise happens: to each event, or to each that a clerk enters or answers."""

    late: float = 0.03
    duplicate: float = 0.02
    mistake: float = 0.02
    misfiled: float = 0.03  # calls that a clerk files with another's identifier


@dataclass(slots=True)
class Wire:
    """Collects what one story sends, and the truth about it."""

    story: Story
    rates: Rates
    bystander: Person  # in whose name a clerk's mistake is entered
    sendings: list[Sending]
    lines: list[TruthLine]


def send(wire: Wire, facts: Iterable[Fact]) -> None:
    """Send a story's facts with their noise."""
    chance, rates = wire.story.chance, wire.rates
    for fact in facts:
        sent_ms = fact.at_ms + chance.whole(*ON_ITS_WAY)
        if chance.happens(rates.late):
            sent_ms += wire.story.paced(chance.whole(*LATE_BY))
            wire.lines.append(_late(fact, sent_ms))
        _send(wire, fact, sent_ms)
        if _is_entered_by_hand(fact) and chance.happens(rates.mistake):
            _mistake(wire, fact)


def _send(wire: Wire, fact: Fact, sent_ms: int) -> None:
    chance = wire.story.chance
    written = _written(fact.citizen) if chance.happens(IN_ANOTHER_FORM) else None
    source, name = fact.reference
    raw = event_bytes(fact, written=written)
    wire.sendings.append(Sending(sent_ms, source, name, raw))
    if chance.happens(wire.rates.duplicate):
        again_ms = sent_ms + wire.story.paced(chance.whole(*AGAIN_AFTER))
        wire.sendings.append(Sending(again_ms, source, name, raw))
        wire.lines.append(DuplicateTruth(told(fact.reference), instant_text(again_ms)))


def _mistake(wire: Wire, meant: Fact) -> None:
    """Enter the fact for a bystander too, and withdraw that; sometimes the withdrawal is first."""
    chance, story = wire.story.chance, wire.story
    citizen = wire.bystander.known_as["cf"]
    wrong = replace(meant, id=_derived(meant, "mistake"), citizen=citizen, stage=None)
    noticed_ms = meant.at_ms + story.paced(chance.whole(*NOTICED_AFTER))
    withdrawal = _withdrawal(wrong, noticed_ms)
    is_first = chance.happens(WITHDRAWN_FIRST)
    sent_ms = withdrawal.at_ms + chance.whole(*ON_ITS_WAY)
    _send(wire, withdrawal, sent_ms)
    late_ms = sent_ms + chance.whole(*ON_ITS_WAY)
    _send(wire, wrong, late_ms if is_first else meant.at_ms + chance.whole(*ON_ITS_WAY))
    persons = (wire.bystander.number, story.person.number)
    wire.lines.append(
        WithdrawnTruth(told(wrong.reference), told(withdrawal.reference), *persons, is_first)
    )


def _withdrawal(wrong: Fact, at_ms: int) -> Fact:
    about = wrong.reference._asdict()
    return replace(
        wrong,
        id=_derived(wrong, "withdrawal"),
        at_ms=at_ms,
        sequence=0,
        noun_verb=WITHDRAWN,
        members={"about": about, "reason": "Registrato sulla persona sbagliata"},
    )


def _late(fact: Fact, sent_ms: int) -> LateTruth:
    return LateTruth(told(fact.reference), instant_text(fact.at_ms), instant_text(sent_ms))


def _is_entered_by_hand(fact: Fact) -> bool:
    return fact.contact.channel == COUNTER and fact.citizen.scheme == "cf"


def _derived(fact: Fact, what: str) -> str:
    return blake2b(f"{fact.id}/{what}".encode(), digest_size=10).hexdigest()


def _written(identifier: Identifier) -> Identifier:
    """Write an identifier in another form of the same: lower case, blanks, a prefix in digits."""
    scheme, value = identifier
    match scheme:
        case "cf":
            return Identifier(scheme, value.lower())
        case "email":
            return Identifier(scheme, value.title())
        case "phone":
            return Identifier(scheme, f"00{value[1:3]} {value[3:6]} {value[6:]}")
        case _:
            return identifier
