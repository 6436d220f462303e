"""What time it is: the one place that asks the operating system."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The times a service asks for, so that a test can set them."""

    def now(self) -> datetime:
        """Return the instant, aware, in UTC."""

    def timestamp(self) -> float:
        """Return the instant in seconds since 1970, for paths where a datetime costs too much."""

    def monotonic(self) -> float:
        """Return seconds that never go back; only differences mean something."""


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """Return the instant, aware, in UTC."""
        return datetime.now(UTC)

    def timestamp(self) -> float:
        """Return the instant in seconds since 1970."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()
