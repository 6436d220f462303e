"""How far each partition is applied, and how old the oldest event may be that is not."""

from dataclasses import dataclass
from datetime import datetime, timedelta

FRESH = timedelta(seconds=5)  # an end offset read longer ago proves nothing


@dataclass(slots=True)
class Progress:
    """One assigned partition; instants are the wall clock's, UTC.

    Everything that the door received before `complete_until` is applied.
    """

    applied: int
    end: int
    end_read_at: datetime
    complete_until: datetime

    def saw_end(self, end: int, at: datetime) -> None:
        """Note an end offset that was asked for at `at`."""
        self.end, self.end_read_at = end, at
        if self.lag() == 0:
            self.complete_until = max(self.complete_until, at)

    def apply(self, next_offset: int, received_at: datetime | None) -> None:
        """Note that everything below `next_offset` is applied, the last of it received then."""
        self.applied = next_offset
        if received_at is not None:
            self.complete_until = max(self.complete_until, received_at)

    def lag(self) -> int:
        """Count records behind the last known end."""
        return max(0, self.end - self.applied)

    def age_s(self, now: datetime) -> float:
        """Return 0 when caught up with an end read in the last 5 s.

        Else the greatest age in seconds that the oldest unapplied event can have.
        """
        if self.lag() == 0 and now - self.end_read_at <= FRESH:
            return 0.0
        return max(0.0, (now - self.complete_until).total_seconds())
