"""What the player remembers between starts, so that nothing is sent under two ids."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec

from percorso.city.calendar import MINUTE
from percorso.city.live import LONGEST

FILE = "city.json"
HISTORY = timedelta(days=42)
_VERSION = 1


class Awake(msgspec.Struct):
    """A time in which stories began live, at a rate; `until_ms` is None while it lasts."""

    since_ms: int
    until_ms: int | None
    events_per_s: float


class Memory(msgspec.Struct):
    """Which city this is, what was sent, and when it was awake.

    Everything that is sent at `sent_ms` or before has been accepted.
    """

    version: int
    seed: int
    people: int
    start: date
    sent_ms: int
    awake: list[Awake]

    def wake(self, now_ms: int, events_per_s: float) -> None:
        """Begin to tell stories live; what would have begun since it last slept never happens."""
        if self.awake and self.awake[-1].until_ms is None:
            self.awake[-1].until_ms = max(self.awake[-1].since_ms, self.sent_ms)
        recent = [each for each in self.awake if (each.until_ms or 0) > now_ms - LONGEST]
        self.awake = [*recent, Awake(now_ms, None, events_per_s)]

    def began(self, minute: int) -> Iterator[Awake]:
        """Give the times of being awake that lie in a minute since 1970."""
        begins_ms, ends_ms = minute * MINUTE, (minute + 1) * MINUTE
        for each in self.awake:
            if each.since_ms < ends_ms and (each.until_ms is None or each.until_ms >= begins_ms):
                yield each


def recall(folder: Path, *, seed: int, people: int, now_ms: int) -> Memory:
    """Read what is remembered of this city; a new one begins some weeks ago."""
    try:
        memory = msgspec.json.decode((folder / FILE).read_bytes(), type=Memory)
    except (OSError, msgspec.MsgspecError):
        memory = None
    if memory and (memory.version, memory.seed, memory.people) == (_VERSION, seed, people):
        return memory
    today = datetime.fromtimestamp(now_ms / 1000, UTC).date()
    return Memory(_VERSION, seed, people, today - HISTORY, 0, [])


def keep(folder: Path, memory: Memory) -> None:
    """Write it as a whole; it is on the disk when this returns."""
    partial = folder / f"{FILE}.partial"
    with partial.open("wb") as file:
        file.write(msgspec.json.encode(memory))
        file.flush()
        os.fsync(file.fileno())
    partial.rename(folder / FILE)
