"""Reads out of a touchpoint what rules and metrics need to know of it; pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, NamedTuple
from uuid import UUID

import msgspec

from percorso.events.catalogue import WITHDRAWN
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.ids import event_key

MAX_NAME = 256
# Of a payload's own members, those that rules and metrics ask for: codes, days, times and numbers.
# Never free text: what citizens write, and what is written to them, stays in the timeline.
MEMBERS = (
    "about", "amount_cents", "at", "benefit", "born_on", "complaint", "decision", "document", "due",
    "expires_on", "filled", "form", "from_area", "incident", "item", "kind", "level", "life_event",
    "moved_on", "name", "notice", "on", "order", "outcome", "planned_from", "planned_to", "protocol",
    "provider", "quantity", "rating", "results", "served_s", "stayed_s", "talked_s", "thread", "to_area",
    "total", "unit", "until", "waited_s",
)  # fmt: skip
_ESCAPED_NUL = b"\\u0000"  # JSON has no other way to say it

Name = Annotated[str, msgspec.Meta(max_length=MAX_NAME)]
Key = tuple[UUID, UUID]
Place = tuple[UUID, datetime, int, UUID]


class Fact(NamedTuple):
    """One touchpoint, in the order of the statement that stores it.

    `members` is a JSON object of those of `MEMBERS` that the payload has, their values as sent.
    """

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
    area: str | None
    members: str

    @property
    def place(self) -> Place:
        """Return what it is one by; as in a timeline, two that share an id stand at two places."""
        return self[:4]

    @property
    def key(self) -> Key:
        """Return by what a withdrawal names it."""
        return self.subject, self.event_key


class Reading(NamedTuple):
    """What one event says: a fact, and which one it hides, if it is a withdrawal."""

    fact: Fact
    hides: Key | None


@dataclass(frozen=True, slots=True)
class Change:
    """What a batch changed of the facts that count.

    `added` count now and did not; `hidden` counted and do not any more. A fact that came with or
    after its own withdrawal is in neither. `traceparents` has the trace of those of `added`, by
    event key, that came in one.
    """

    added: Sequence[Fact]
    hidden: Sequence[Fact]
    traceparents: Mapping[UUID, str] = field(default_factory=dict)


class _About(msgspec.Struct, frozen=True):
    source: str
    id: str


class _Place(msgspec.Struct, frozen=True):
    area: Name | None = None


class _Touchpoint(msgspec.Struct, frozen=True):
    channel: Name | None = None
    service: Name | None = None
    matter: Name | None = None
    outcome: Name | None = None
    place: _Place | None = None


class _Withdrawal(msgspec.Struct, frozen=True):
    about: _About | None = None


_TOUCHPOINT = msgspec.json.Decoder(_Touchpoint)
_WITHDRAWAL = msgspec.json.Decoder(_Withdrawal)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_ENCODER = msgspec.json.Encoder()


def read(event: CloudEvent) -> Reading:
    """Turn an event into its fact; Unprocessable where its payload is not a touchpoint.

    A type that nobody knows is a fact too.
    """
    try:
        said = _TOUCHPOINT.decode(event.touchpoint)
        fact = _fact(event, said, _members(event.touchpoint))
        hides = _hides(event) if event.type == WITHDRAWN else None
    except msgspec.ValidationError:
        raise Unprocessable(Reason.INVALID_TOUCHPOINT) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    if _ESCAPED_NUL in event.touchpoint and _hold_nul(fact):
        raise Unprocessable(Reason.INVALID_TOUCHPOINT)
    return Reading(fact, hides)


def _fact(event: CloudEvent, said: _Touchpoint, members: str) -> Fact:
    return Fact(
        event.subject, event.time, event.sequence, event_key(event.source, event.id),
        event.received_at, event.source, event.id, event.type, event.agency,
        said.channel, said.service, said.matter, said.place.area if said.place else None, members,
    )  # fmt: skip


def _members(payload: bytes) -> str:
    sent = _OBJECT.decode(payload)
    return _ENCODER.encode({name: sent[name] for name in MEMBERS if name in sent}).decode()


def _hides(event: CloudEvent) -> Key:
    # Only its own source may withdraw a touchpoint; the door refuses others before.
    about = _WITHDRAWAL.decode(event.touchpoint).about
    if about is None or about.source != event.source:
        raise Unprocessable(Reason.INVALID_TOUCHPOINT)
    return event.subject, event_key(about.source, about.id)


def _hold_nul(fact: Fact) -> bool:
    return any(
        "\0" in each for each in (fact.channel, fact.service, fact.matter, fact.area) if each
    )
