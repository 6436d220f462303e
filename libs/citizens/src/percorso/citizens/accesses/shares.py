"""The fact of a share: an agency lets another one see the touchpoints of one of its services."""

from datetime import datetime

import msgspec

from percorso.citizens.facts import SOURCE
from percorso.events.errors import Reason, Unprocessable
from percorso.events.facts import Fact
from percorso.events.ids import uuid7

SHARED = "eu.percorso.service.shared.v1"
UNSHARED = "eu.percorso.service.unshared.v1"
KEY_PREFIX = "share/"


class ShareState(msgspec.Struct, frozen=True):
    """Whether `reader` sees what `agency` reports of `service`; the highest version is the truth."""

    agency: str
    service: str
    reader: str
    version: int
    is_shared: bool


_STATE = msgspec.json.Decoder(ShareState)


def to_fact(state: ShareState, at: datetime, traceparent: str | None) -> Fact:
    """Write a share's state as a fact."""
    return Fact(
        key=_key(state),
        id=str(uuid7()),
        source=SOURCE,
        type=SHARED if state.is_shared else UNSHARED,
        time=at,
        value=msgspec.json.encode(state),
        traceparent=traceparent,
    )


def from_fact(fact: Fact) -> ShareState | None:
    """Read a share's state; None if the fact is about something else, Unprocessable if it is broken."""
    if not fact.key.startswith(KEY_PREFIX):
        return None
    try:
        state = _STATE.decode(fact.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    if fact.key != _key(state):
        raise Unprocessable(Reason.WRONG_KEY)
    return state


def _key(state: ShareState) -> str:
    return f"{KEY_PREFIX}{state.agency}/{state.reader}/{state.service}"
