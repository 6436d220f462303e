"""What the provider remembers for a while, by a name that nobody can guess."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

MOST = 1_000  # of each kind; a local stack has a handful
T = TypeVar("T")
Now = Callable[[], float]


class Memory(Generic[T]):
    """Values that are gone after `lifetime_s`; the oldest go first when there are too many."""

    def __init__(self, lifetime_s: float, now: Now, most: int = MOST) -> None:
        self._lifetime_s = lifetime_s
        self._now = now
        self._most = most
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def keep(self, value: T) -> str:
        """Keep a value; return its name."""
        name = secrets.token_urlsafe(32)
        self.add(name, value)
        return name

    def add(self, name: str, value: T) -> bool:
        """Keep a value under a name; False if the name has one already, which stays."""
        with self._lock:
            if self._live(name) is not None:
                return False
            self._kept[name] = self._now() + self._lifetime_s, value
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return True

    def read(self, name: str) -> T | None:
        """Return a value, which stays."""
        with self._lock:
            return self._live(name)

    def take(self, name: str) -> T | None:
        """Return a value, which is gone from now on: of two who ask, one gets it."""
        with self._lock:
            value = self._live(name)
            self._kept.pop(name, None)
            return value

    def _live(self, name: str) -> T | None:
        ends_at, value = self._kept.get(name, (0.0, None))
        if value is not None and self._now() < ends_at:
            return value
        self._kept.pop(name, None)
        return None
