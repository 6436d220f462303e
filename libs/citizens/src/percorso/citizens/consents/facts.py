"""The fact of a consent as it travels, and whether consents allow something: default deny."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from percorso.citizens.facts import SOURCE
from percorso.events.errors import Reason, Unprocessable
from percorso.events.facts import Fact
from percorso.events.ids import uuid7

GIVEN = "eu.percorso.consent.given.v1"
WITHDRAWN = "eu.percorso.consent.withdrawn.v1"
KEY_PREFIX = "consent/"

# For what a citizen may be reached; all of these rest on consent (contract, section 8).
Purpose = Literal["proactive-suggestions", "profiling", "feedback", "participation"]
# On which channel; a channel's own record beats that of `any`.
Channel = Literal["any", "email", "inbox", "app", "phone"]


class ConsentState(msgspec.Struct, frozen=True):
    """What a citizen said last of one purpose and channel; the highest version is the truth."""

    subject: UUID
    purpose: Purpose
    channel: Channel
    version: int
    is_given: bool
    decided_at: datetime


_STATE = msgspec.json.Decoder(ConsentState)


def to_fact(state: ConsentState, traceparent: str | None) -> Fact:
    """Write a consent's state as a fact."""
    return Fact(
        key=_key(state),
        id=str(uuid7()),
        source=SOURCE,
        type=GIVEN if state.is_given else WITHDRAWN,
        time=state.decided_at,
        value=msgspec.json.encode(state),
        traceparent=traceparent,
    )


def from_fact(fact: Fact) -> ConsentState | None:
    """Read a consent's state; None if the fact is about something else, Unprocessable if it is broken."""
    if not fact.key.startswith(KEY_PREFIX):
        return None
    try:
        state = _STATE.decode(fact.value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    if fact.key != _key(state):
        raise Unprocessable(Reason.WRONG_KEY)
    return state


def hold(states: Iterable[ConsentState], channel: Channel) -> bool:
    """Say whether a citizen allows one purpose on a channel; without a decision, no.

    `states` are those of all subjects of the citizen, for that purpose.
    """
    last = counting(states, channel)
    return last is not None and last.is_given


def counting(states: Iterable[ConsentState], channel: Channel) -> ConsentState | None:
    """Return the decision that counts for a channel, None without one.

    What was decided last of the channel, whichever subject decided it; without such a decision
    the last one of `any`. Of one instant, a refusal counts.
    """
    decided = list(states)
    own = [state for state in decided if state.channel == channel]
    general = [state for state in decided if state.channel == "any"]
    return max(own or general, key=lambda each: (each.decided_at, not each.is_given), default=None)


def _key(state: ConsentState) -> str:
    return f"{KEY_PREFIX}{state.subject}/{state.purpose}/{state.channel}"
