"""Reads the facts that a timeline filters by out of a touchpoint's payload; pure."""

from collections.abc import Set
from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from percorso.events.catalogue import WITHDRAWN
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.ids import event_key, uuid_of
from percorso.events.tracing import trace_id

MAX_FACT = 256
_ESCAPED_NUL = b"\\u0000"  # JSON has no other way to say it

Fact = Annotated[str, msgspec.Meta(max_length=MAX_FACT)]


class About(msgspec.Struct, frozen=True):
    """The identity of another touchpoint."""

    source: str
    id: str


class Facts(msgspec.Struct, frozen=True):
    """What a timeline needs to know of a payload; everything else is passed through untouched."""

    channel: Fact | None = None
    service: Fact | None = None
    matter: Fact | None = None
    outcome: Fact | None = None
    about: About | None = None


class Touchpoint(NamedTuple):
    """One row of a timeline, in the order of the statement that stores it."""

    subject: UUID
    occurred_at: datetime
    sequence: int
    event_key: UUID
    received_at: datetime
    source: str
    id: str
    type: str
    agency: str
    channel: str | None
    service: str | None
    matter: str | None
    outcome: str | None
    trace_id: UUID | None
    touchpoint: str

    @property
    def place(self) -> tuple[UUID, datetime, int, UUID]:
        """Return where it stands: the citizen's timeline and its total order."""
        return self[:4]

    def says(self, type: str, payload: str) -> bool:  # noqa: A002 - CloudEvents' word
        """Say whether that is the same fact, perhaps written with other blanks or in other order."""
        try:
            return self.type == type and _value(self.touchpoint) == _value(payload)
        except msgspec.DecodeError:  # a number that no float holds, which the door refuses
            return False


class Withdrawal(NamedTuple):
    """A touchpoint that hides another of the same source and citizen, which may not be there yet."""

    subject: UUID
    about_key: UUID
    event_key: UUID
    received_at: datetime


class Entry(NamedTuple):
    """What one event adds to a timeline."""

    touchpoint: Touchpoint
    withdrawal: Withdrawal | None


class _Told(msgspec.Struct, frozen=True):
    """Of whom the reasons of a suggestion tell."""

    told_of: frozenset[UUID] = frozenset()


SUGGESTED = "eu.percorso.suggestion.made.v1"
_FACTS = msgspec.json.Decoder(Facts)
_TOLD = msgspec.json.Decoder(_Told)


def entry(event: CloudEvent) -> Entry:
    """Turn an event into what it adds; Unprocessable where its payload is not a touchpoint."""
    text, facts = _read(event.touchpoint)
    key = event_key(event.source, event.id)
    trace = trace_id(event.traceparent)
    touchpoint = Touchpoint(
        event.subject, event.time, event.sequence, key, event.received_at,
        event.source, event.id, event.type, event.agency,
        facts.channel, facts.service, facts.matter, facts.outcome,
        uuid_of(int(trace, 16)) if trace else None, text,
    )  # fmt: skip
    if event.type != WITHDRAWN:
        return Entry(touchpoint, None)
    return Entry(touchpoint, _withdrawal(event, key, facts.about))


def is_told_to(members: Set[UUID], type: str, payload: str) -> bool:  # noqa: A002 - CloudEvents' word
    """Say whether these subjects of one citizen may read it: no suggestion tells of anybody else."""
    if type != SUGGESTED:
        return True
    try:
        return _TOLD.decode(payload).told_of <= members
    except msgspec.DecodeError:  # nobody knows of whom
        return False


def _read(payload: bytes) -> tuple[str, Facts]:
    try:
        text, facts = payload.decode(), _FACTS.decode(payload)
    except msgspec.ValidationError:
        raise Unprocessable(Reason.INVALID_TOUCHPOINT) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    if _ESCAPED_NUL in payload and _hold_nul(facts):
        raise Unprocessable(Reason.INVALID_TOUCHPOINT)
    return text, facts


def _hold_nul(facts: Facts) -> bool:
    named = (facts.channel, facts.service, facts.matter, facts.outcome)
    return any("\0" in fact for fact in named if fact)


def _value(payload: str) -> object:
    return msgspec.json.decode(payload)


def _withdrawal(event: CloudEvent, key: UUID, about: About | None) -> Withdrawal:
    # Only its own source may withdraw a touchpoint; the door refuses others before.
    if about is None or about.source != event.source:
        raise Unprocessable(Reason.INVALID_TOUCHPOINT)
    return Withdrawal(event.subject, event_key(about.source, about.id), key, event.received_at)
