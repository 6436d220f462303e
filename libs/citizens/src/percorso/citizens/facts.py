"""The fact of a link as it travels: its full state with a version, so that order does not matter."""

from datetime import datetime
from uuid import UUID

import msgspec

from percorso.citizens.sets import Link, Subject
from percorso.events.errors import Reason, Unprocessable
from percorso.events.facts import Fact
from percorso.events.ids import uuid7

SOURCE = "urn:percorso:identity"
LINKED = "eu.percorso.subjects.linked.v1"
UNLINKED = "eu.percorso.subjects.unlinked.v1"
KEY_PREFIX = "link/"


class LinkEnd(msgspec.Struct, frozen=True):
    """One end of a link."""

    subject: UUID
    is_person: bool


class LinkState(msgspec.Struct, frozen=True):
    """A link's full state; the highest version is the truth."""

    link_id: UUID
    version: int
    ends: tuple[LinkEnd, LinkEnd]
    is_live: bool

    def link(self) -> Link:
        """Return the link's two subjects, the lesser one first."""
        one, other = sorted(Subject(end.subject, end.is_person) for end in self.ends)
        return one, other


_STATE = msgspec.json.Decoder(LinkState)


def to_fact(state: LinkState, at: datetime, traceparent: str | None) -> Fact:
    """Write a link's state as a fact; the proof stays with identity."""
    return Fact(
        key=f"{KEY_PREFIX}{state.link_id}",
        id=str(uuid7()),
        source=SOURCE,
        type=LINKED if state.is_live else UNLINKED,
        time=at,
        value=msgspec.json.encode(state),
        traceparent=traceparent,
    )


def from_fact(fact: Fact) -> LinkState | None:
    """Read a link's state; None if the fact is about something else, Unprocessable if it is broken."""
    if not fact.key.startswith(KEY_PREFIX):
        return None
    try:
        state = _STATE.decode(fact.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    if fact.key != f"{KEY_PREFIX}{state.link_id}":
        raise Unprocessable(Reason.WRONG_KEY)
    return state
