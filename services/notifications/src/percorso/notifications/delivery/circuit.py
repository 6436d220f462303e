"""Holds a channel back while what it needs is away, so that its messages wait instead of failing; pure."""

from datetime import datetime, timedelta

FIRST_PAUSE = timedelta(seconds=1)
LAST_PAUSE = timedelta(seconds=30)  # what comes back is noticed within that time


class Circuit:
    """Lets nothing through for a pause after a failure, twice as long each time, and then one at a time."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until: datetime | None = None

    def fail(self, now: datetime) -> None:
        """Note a failure; those of attempts that ran side by side are one."""
        if self._open_until is not None and now < self._open_until:
            return
        self._open_until = now + min(LAST_PAUSE, FIRST_PAUSE * 2 ** min(self._failures, 10))
        self._failures += 1

    def succeed(self) -> None:
        """Note that what was away is there."""
        self._failures, self._open_until = 0, None

    def free(self, slots: int, running: int, now: datetime) -> int:
        """Return how many more may begin, of so many slots."""
        if self._open_until is None:
            return slots - running
        return 0 if now < self._open_until else max(0, 1 - running)
