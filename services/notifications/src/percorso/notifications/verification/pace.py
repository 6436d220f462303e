"""A pace that is kept: so many a second, and so many at once after a rest; pure."""


class Pace:
    """Counts what goes by; `monotonic` times in seconds come in from outside."""

    def __init__(self, per_second: float, at_once: int) -> None:
        self._per_second = per_second
        self._at_once = float(at_once)
        self._left = float(at_once)
        self._at = 0.0

    def may_go(self, now: float) -> bool:
        """Say whether one more may go now, and count it if so."""
        rested = max(0.0, now - self._at) * self._per_second
        self._left, self._at = min(self._at_once, self._left + rested), now
        if self._left < 1:
            return False
        self._left -= 1
        return True
