"""Quiet hours: the time of day at which nothing may ring, on the clocks of Italy; pure."""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")
_DAY = timedelta(days=1)


class QuietHours(NamedTuple):
    """From when until when, every day, by the clock on the wall; over midnight where it ends earlier."""

    begin: time
    end: time


DEFAULT = QuietHours(time(21), time(8))


def quiet_until(hours: QuietHours | None, now: datetime) -> datetime | None:
    """Return when the quiet hours of `now` end, in UTC; None if it is not quiet.

    Where the clocks change within them they are the longer ones of what could be meant.
    """
    if hours is None:
        return None
    today = now.astimezone(ROME).date()
    for day in (today - _DAY, today):
        begin, end = _on(hours, day)
        if begin <= now < end:
            return end
    return None


def _on(hours: QuietHours, day: date) -> tuple[datetime, datetime]:
    last_day = day if hours.begin < hours.end else day + _DAY
    return min(_instants(day, hours.begin)), max(_instants(last_day, hours.end))


def _instants(day: date, at: time) -> tuple[datetime, datetime]:
    """Return the instants that a clock on the wall may mean: two where it is set back or forward."""
    wall = datetime.combine(day, at, ROME)
    return wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
