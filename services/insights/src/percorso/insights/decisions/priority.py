"""The priority formula: urgency x benefit x context x acceptance x lever, each from 1 to 5; pure.

Whole numbers, so that a decision recomputed anywhere is the same bit for bit.
"""

from datetime import timedelta

import msgspec

# Up to how long something is how urgent, and how near.
_DAY = timedelta(days=1)
_URGENCY = ((3 * _DAY, 5), (7 * _DAY, 4), (14 * _DAY, 3), (30 * _DAY, 2))
_CONTEXT = ((1 * _DAY, 5), (3 * _DAY, 4), (7 * _DAY, 3), (14 * _DAY, 2))
NEUTRAL = 3


class Priority(msgspec.Struct, frozen=True):
    """The parts, visible wherever the product is."""

    urgency: int  # how soon it is too late: 5 within three days, 1 beyond a month
    benefit: int  # what it is worth, as the catalogue says
    context: int  # how near the event is: 5 within a day, 1 beyond two weeks
    acceptance: (
        int  # what this citizen did with earlier ones: 3, more if followed, less if not wanted
    )
    lever: int  # how easily it can be done from here: 6 less the effort that the catalogue says

    @property
    def product(self) -> int:
        """Return what proposals are ranked by, from 1 to 3,125."""
        return self.urgency * self.benefit * self.context * self.acceptance * self.lever


def urgency(left: timedelta) -> int:
    """Return how urgent something is that can be done for so long."""
    return _step(left, _URGENCY)


def context(since: timedelta) -> int:
    """Return how near an event is that occurred so long ago."""
    return _step(since, _CONTEXT)


def acceptance(followed: int, dismissed: int) -> int:
    """Return how welcome suggestions are to someone who followed and dismissed so many."""
    return max(1, min(5, NEUTRAL + followed - dismissed))


def lever(effort: int) -> int:
    """Return how easily something of this effort (1 to 5) can be done."""
    return 6 - effort


def _step(span: timedelta, steps: tuple[tuple[timedelta, int], ...]) -> int:
    for most, value in steps:
        if span <= most:
            return value
    return 1
