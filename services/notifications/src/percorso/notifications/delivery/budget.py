"""The budget of a citizen: how many suggestions may reach them in any day and any week; pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


class Budget(NamedTuple):
    """Suggestions at the most, in any 24 hours and in any 7 days."""

    per_day: int
    per_week: int


def open_from(budget: Budget, used: Iterable[datetime], now: datetime) -> datetime:
    """Return from when the next suggestion may go: `now`, or when an earlier one counts no more."""
    newest_first = sorted(used, reverse=True)
    opens = [now]
    for most, window in ((budget.per_day, DAY), (budget.per_week, WEEK)):
        if len(newest_first) >= most:
            opens.append(newest_first[most - 1] + window)
    return max(opens)
