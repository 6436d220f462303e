"""Minutes, hours and days as windows of time; days are those of Europe/Rome. Pure."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

ROME = ZoneInfo("Europe/Rome")


class By(StrEnum):
    """How long a window is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


_LENGTHS = {By.MINUTE: timedelta(minutes=1), By.HOUR: timedelta(hours=1), By.DAY: timedelta(days=1)}


def bounds(since: datetime, until: datetime, by: By) -> Iterator[datetime]:
    """Yield, in UTC, where each window begins that holds a moment of [since, until), and the end.

    Whole windows: the first begins at or before `since`, the last ends at or after `until`.
    """
    bound = _floor(since, by)
    yield bound
    while bound < until:
        bound = _next(bound, by)
        yield bound


def length(by: By) -> timedelta:
    """Return how long a window is, but for the two days on which the clock changes."""
    return _LENGTHS[by]


def _floor(instant: datetime, by: By) -> datetime:
    if by is By.DAY:
        return datetime.combine(instant.astimezone(ROME), time(), ROME).astimezone(UTC)
    # Rome is whole hours away from UTC, so that their hours are the same.
    whole = instant.astimezone(UTC).replace(second=0, microsecond=0)
    return whole.replace(minute=0) if by is By.HOUR else whole


def _next(bound: datetime, by: By) -> datetime:
    if by is By.DAY:
        tomorrow = bound.astimezone(ROME).date() + timedelta(days=1)
        return datetime.combine(tomorrow, time(), ROME).astimezone(UTC)
    return bound + _LENGTHS[by]
