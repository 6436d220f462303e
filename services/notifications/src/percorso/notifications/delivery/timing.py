"""Whether a message that is due may go now, later or never; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from percorso.notifications.delivery.budget import Budget, open_from
from percorso.notifications.delivery.states import State, Step
from percorso.notifications.preferences.quiet_hours import QuietHours, quiet_until

GO = Step(State.SENDING)


class Circumstances(NamedTuple):
    """What decides, at one moment; `used` is when suggestions reached the citizen before."""

    is_duty: bool
    is_cancelled: bool
    expires_at: datetime
    quiet_hours: QuietHours | None
    used: Sequence[datetime] = ()


def decide(circumstances: Circumstances, budget: Budget, now: datetime) -> Step:
    """Return GO, a later time, or the end of it.

    A duty has no budget, and breaks quiet hours that it would not outlive.
    """
    about = circumstances
    if about.is_cancelled:
        return Step(State.CANCELLED)
    if now >= about.expires_at:
        return Step(State.EXPIRED, "expired")
    quiet = quiet_until(about.quiet_hours, now)
    if quiet and not (about.is_duty and quiet >= about.expires_at):
        return Step(State.WAITING, due_at=min(quiet, about.expires_at))
    opens = now if about.is_duty else open_from(budget, about.used, now)
    if opens >= about.expires_at:
        return Step(State.FAILED, "over-budget")
    return GO if opens <= now else Step(State.WAITING, due_at=opens)
