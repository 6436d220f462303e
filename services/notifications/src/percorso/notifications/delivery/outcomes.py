"""What an attempt came to, and what follows from it; pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from percorso.notifications.delivery.states import State, Step

FIRST_DELAY = timedelta(seconds=30)  # a mail server that greylists wants a minute or a few
LAST_DELAY = timedelta(hours=2)
AWAY_DELAY = timedelta(seconds=5)  # the sender itself pauses while identity is away


class Outcome(StrEnum):
    """What an attempt came to; only of the first four may anything have left."""

    TAKEN = "taken"  # the channel has the message
    IN_PLACE = "in-place"  # the message lies where the citizen reads it
    UNSURE = "unsure"  # the connection was lost after the message was said and before the answer
    LOST = "lost"  # the process died, or the attempt outlived its time
    DEFERRED = "deferred"  # the mail server, or identity, does not want this message now
    AWAY = "away"  # the mail server is away, or wants nothing of us now
    REFUSED = "refused"  # the mail server will never take this message
    NO_CONSENT = "no-consent"
    NO_ADDRESS = "no-address"
    UNASKED = "unasked"  # identity is away: nobody knows whether the message may go


SURE: dict[Outcome, Step] = {
    Outcome.TAKEN: Step(State.SENT),
    Outcome.IN_PLACE: Step(State.DELIVERED),
    Outcome.REFUSED: Step(State.FAILED, "refused"),
    Outcome.NO_CONSENT: Step(State.FAILED, "no-consent"),
    Outcome.NO_ADDRESS: Step(State.FAILED, "no-address"),
}
# What counts towards giving up: the attempts that the channel, or we, brought to nothing.
FAILURES = frozenset({Outcome.UNSURE, Outcome.LOST, Outcome.DEFERRED, Outcome.AWAY})
MAY_HAVE_LEFT = frozenset({Outcome.UNSURE, Outcome.LOST})


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a message is tried again, and when; `chance` gives numbers from 0 to 1."""

    most: int
    chance: Callable[[], float]

    def step(self, outcome: Outcome, *, is_duty: bool, failures: int, now: datetime) -> Step:
        """Return what follows; `failures` are those of the message, with this one.

        A suggestion that may have left is never sent again.
        """
        if outcome in SURE:
            return SURE[outcome]
        if outcome is Outcome.UNASKED:
            return Step(State.WAITING, due_at=now + AWAY_DELAY)
        if outcome in MAY_HAVE_LEFT and not is_duty:
            return Step(State.UNKNOWN, "unknown")
        if failures >= self.most:
            return Step(State.FAILED, "gave-up")
        return Step(State.WAITING, due_at=now + delay(failures, self.chance()))


def delay(failures: int, chance: float) -> timedelta:
    """Return how long to wait after so many failures: twice as long each time, half of it by chance."""
    # Beyond 20 doublings every delay is the last one; the bound keeps the power in range.
    doublings: int = 2 ** min(failures - 1, 20)
    whole = min(LAST_DELAY, FIRST_DELAY * doublings)
    return whole / 2 + whole / 2 * chance
