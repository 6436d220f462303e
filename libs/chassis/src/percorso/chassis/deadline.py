"""One monotonic budget shared by all the steps of a stop."""

import time
from collections.abc import Callable


class Deadline:
    """A moment, `seconds` after it was made, that several steps share."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._at = monotonic() + seconds

    def remaining(self, reserve: float = 0.0) -> float:
        """Return the seconds left when `reserve` is kept for later steps; never negative."""
        return max(0.0, self._at - self._monotonic() - reserve)

    @property
    def is_over(self) -> bool:
        """Whether the moment has passed."""
        return self._monotonic() >= self._at
