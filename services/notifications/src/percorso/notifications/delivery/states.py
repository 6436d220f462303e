"""The states of a message and the steps between them: what left is never taken back; pure."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class State(StrEnum):
    """How far a message has come."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


# Only from SENDING is there a way back, for an attempt of which nothing left, and for a duty.
STEPS: Mapping[State, frozenset[State]] = {
    State.WAITING: frozenset(
        {State.WAITING, State.SENDING, State.FAILED, State.CANCELLED, State.EXPIRED}
    ),
    State.SENDING: frozenset(
        {State.WAITING, State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN}
    ),
    State.SENT: frozenset({State.DELIVERED, State.READ}),
    State.DELIVERED: frozenset({State.READ}),
    State.UNKNOWN: frozenset({State.READ}),
    State.FAILED: frozenset({State.READ}),  # of duties alone: they are in the inbox in any case
    State.READ: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
}
UNSETTLED = frozenset({State.WAITING, State.SENDING})
# It reached the citizen, or may have: counted by the budget, and never sent again.
OUT = frozenset({State.SENDING, State.SENT, State.DELIVERED, State.READ, State.UNKNOWN})


class Step(NamedTuple):
    """Where a message goes, and of a state that has one the reason; `due_at` where it waits."""

    to: State
    reason: str | None = None
    due_at: datetime | None = None


def before(state: State) -> list[State]:
    """Return the states from which a message may come into this one."""
    return [each for each, following in STEPS.items() if state in following]
