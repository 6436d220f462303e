"""The truth beside the events: one JSON object a line, told apart by `kind`.

Times are RFC 3339 as the city's clocks show them. Whoever reads the lines again uses `read`.
"""

from collections.abc import Sequence

import msgspec

from percorso.city.facts import Reference
from percorso.city.people import Household, Person


class Told(msgspec.Struct, frozen=True):
    """An event's identity: `source` and `id`."""

    source: str
    id: str


class Known(msgspec.Struct, frozen=True):
    """An identifier as it is normalised."""

    scheme: str
    value: str


class Line(msgspec.Struct, frozen=True, tag_field="kind"):
    """One line of the truth."""


class CityTruth(Line, frozen=True, tag="city"):
    """The first line: what the city was made from."""

    version: int
    seed: int
    people: int
    events: int
    start: str
    late: float
    duplicate: float
    mistake: float


class PersonTruth(Line, frozen=True, tag="person"):
    """Who is one person: all identifiers, and those of them that others of the household share."""

    person: int
    household: int
    identifiers: Sequence[Known]
    shared: Sequence[Known]


class StageTruth(msgspec.Struct, frozen=True):
    """When a journey entered a stage, and by which event."""

    stage: str
    at: str
    event: Told


class CollectionTruth(msgspec.Struct, frozen=True):
    """What became of one planned collection: delivered, missed, or missed and recovered."""

    item: str
    planned: Told
    result: str
    recovered: Told | None = None


class JourneyTruth(Line, frozen=True, tag="journey"):
    """One person's course through a life event, complete; `events` in order of occurrence."""

    journey: str
    id: str
    person: int
    plot: str
    outcome: str | None
    matter: str | None
    stages: Sequence[StageTruth]
    events: Sequence[Told]
    collections: Sequence[CollectionTruth] = ()


class LinkTruth(Line, frozen=True, tag="link"):
    """An agency says at `at` that two identifiers are one person's, and why: by `event`.

    Without `until` they are, and both are the person's. With it a clerk was mistaken: the first
    alone is the person's, and at `until` the agency takes it back. Lines that agree in agency,
    reference and subjects say the same link.
    """

    person: int
    agency: str
    reference: str
    subjects: Sequence[Known]
    event: Told
    at: str
    until: str | None = None


class SharedTruth(Line, frozen=True, tag="shared"):
    """Whose an event really is that came under an address that a family shares."""

    event: Told
    person: int


class LateTruth(Line, frozen=True, tag="late"):
    """An event that was sent long after it happened."""

    event: Told
    at: str
    sent_at: str


class DuplicateTruth(Line, frozen=True, tag="duplicate"):
    """An event that was sent a second time, the same bytes."""

    event: Told
    sent_at: str


class WithdrawnTruth(Line, frozen=True, tag="withdrawn"):
    """A clerk's mistake: `event` never happened to `person`; `by` withdraws it.

    `meant_for` is the person to whom it happened, whose own event is right.
    """

    event: Told
    by: Told
    person: int
    meant_for: int
    is_withdrawn_first: bool


class BurstTruth(Line, frozen=True, tag="burst"):
    """Many people with one cause in a short time; `stories` says how many."""

    burst: str
    place: str
    at: str
    until: str
    stories: int


TruthLine = (
    CityTruth
    | PersonTruth
    | JourneyTruth
    | LinkTruth
    | SharedTruth
    | LateTruth
    | DuplicateTruth
    | WithdrawnTruth
    | BurstTruth
)
_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[TruthLine] = msgspec.json.Decoder(TruthLine)


def line(truth: TruthLine) -> bytes:
    """Encode one line, its end included."""
    return _ENCODER.encode(truth) + b"\n"


def read(raw: bytes) -> TruthLine:
    """Read one line."""
    return _DECODER.decode(raw)


def told(reference: Reference) -> Told:
    """Name an event."""
    return Told(*reference)


def of_people(households: Sequence[Household]) -> list[PersonTruth]:
    """Say who is who."""
    return [
        _of_person(person, household.mailbox)
        for household in households
        for person in household.members
    ]


def _of_person(person: Person, mailbox: str | None) -> PersonTruth:
    identifiers = [Known(*identifier) for identifier in person.known_as.values()]
    shared = [known for known in identifiers if known == Known("email", mailbox or "")]
    return PersonTruth(person.number, person.household, identifiers, shared)
