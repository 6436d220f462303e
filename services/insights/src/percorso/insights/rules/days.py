"""Days: what a value's day is in Italy, and days counted from today."""

from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ITALY = ZoneInfo("Europe/Rome")
LAST = date(9999, 12, 30)  # of which the next day begins somewhere in every zone
_DATE_LENGTH = len("2026-05-04")


def today(now: datetime) -> date:
    """Return the day on which an aware instant falls in Italy, or where it was written down.

    The latter at the ends of the calendar, where some agencies say "no term".
    """
    try:
        return now.astimezone(ITALY).date()
    except OverflowError:
        return now.date()


def day(value: object) -> date | None:
    """Return the day that a member says, a time or in text form; None if it says none."""
    if isinstance(value, datetime):
        return today(value)
    if not isinstance(value, str):
        return None
    try:
        if len(value) == _DATE_LENGTH:
            return date.fromisoformat(value)
        instant = datetime.fromisoformat(value)
    except ValueError:
        return None
    return today(instant) if instant.tzinfo else None


def later(start: date, days: int) -> date:
    """Return the day so many days after another, `LAST` at the latest."""
    return start + min(timedelta(days=days), LAST - start)


@lru_cache(maxsize=4_096)  # the few offsets of all rules, for some days
def shifted(start: date, years: int, months: int, days: int) -> date:
    """Return the day so far from another; a month's missing day is its last one."""
    month = start.year * 12 + start.month - 1 + years * 12 + months
    year, month = divmod(month, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)) + timedelta(days=days)
