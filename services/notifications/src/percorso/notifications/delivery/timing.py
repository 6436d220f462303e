"""Whether a message that is due may go now, later or never; pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from percorso.notifications.delivery.budget import Budget, open_from
from percorso.notifications.delivery.states import State, Step
from percorso.notifications.preferences.quiet_hours import QuietHours, quiet_until

GO = Step(State.SENDING)
LOOKED_AGAIN = timedelta(minutes=1)  # a thousand that wait for links are a few claims each second


class Circumstances(NamedTuple):
    """What decides, at one moment; `used` is when suggestions reached the citizen before.

    `is_about_others` where the reasons tell of a subject that is not the citizen's.
    """

    is_duty: bool
    is_cancelled: bool
    is_about_others: bool
    expires_at: datetime
    quiet_hours: QuietHours | None
    used: Sequence[datetime] = ()


def decide(circumstances: Circumstances, budget: Budget, now: datetime) -> Step:
    """Return GO, a later time, or the end of it.

    A duty has no budget, and breaks quiet hours that it would not outlive. What tells of others
    waits until they are the citizen's: the link may be on its way, or come again. A duty does not.
    """
    about = circumstances
    if about.is_cancelled:
        return Step(State.CANCELLED)
    if now >= about.expires_at:
        return Step(State.EXPIRED, "expired")
    later = _waits_until(about, now)
    if later:
        return Step(State.WAITING, due_at=min(later, about.expires_at))
    opens = now if about.is_duty else open_from(budget, about.used, now)
    if opens >= about.expires_at:
        return Step(State.FAILED, "over-budget")
    return GO if opens <= now else Step(State.WAITING, due_at=opens)


def _waits_until(about: Circumstances, now: datetime) -> datetime | None:
    """Return until when it is not to go, whatever the budget; None if it may go now."""
    if about.is_about_others and not about.is_duty:
        return now + LOOKED_AGAIN
    quiet = quiet_until(about.quiet_hours, now)
    is_rung = about.is_duty and quiet is not None and quiet >= about.expires_at
    return None if is_rung else quiet
