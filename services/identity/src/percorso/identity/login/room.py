"""Whether another login may begin: known without asking the database each time; pure."""

COUNTED_EVERY_S = 1.0  # a flood is noticed within that time, and its end too


class Room:
    """How many logins may still begin here; `monotonic` times in seconds come in from outside.

    Each process counts for itself, so that several let a second's worth more begin.
    """

    def __init__(self) -> None:
        self._left = 0
        self._count_at = 0.0

    def is_to_be_counted(self, now: float) -> bool:
        """Say whether it is time to count again, and if so, that somebody does."""
        if now < self._count_at:
            return False
        self._count_at = now + COUNTED_EVERY_S
        return True

    def count(self, left: int) -> None:
        """Note what was counted."""
        self._left = left

    def take(self) -> bool:
        """Let one more begin, if it may."""
        self._left -= 1
        return self._left >= 0
