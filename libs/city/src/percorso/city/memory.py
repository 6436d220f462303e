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
# A new city is in full swing at once: most live stories that are under way began in this time.
HEAD_START = 5 * MINUTE
# An absence up to this is made good, and so is what was sent and not remembered before a kill.
MADE_GOOD = 10 * MINUTE
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
    is_introduced: bool = False  # what demo people said of themselves then, they may have changed

    def wake(self, now_ms: int, events_per_s: float) -> None:
        """Begin to tell stories live; what would have begun in a long sleep never happens."""
        self.awake = [each for each in self.awake if self._counts(each, now_ms)]
        last = self.awake[-1] if self.awake else None
        asleep_ms = self.sent_ms + MADE_GOOD
        if last and asleep_ms >= now_ms and last.events_per_s == events_per_s:
            return
        if last:
            last.until_ms = min(now_ms, asleep_ms)
        since_ms = now_ms if last else now_ms - HEAD_START
        self.awake.append(Awake(since_ms, None, events_per_s))

    def _counts(self, awake: Awake, now_ms: int) -> bool:
        """Say whether anything of it was sent, and some of it may be under way still."""
        ended_ms = self.sent_ms + MADE_GOOD if awake.until_ms is None else awake.until_ms
        return awake.since_ms <= self.sent_ms and ended_ms > now_ms - LONGEST

    def began(self, minute: int) -> Iterator[Awake]:
        """Give the times of being awake that lie in a minute since 1970."""
        begins_ms, ends_ms = minute * MINUTE, (minute + 1) * MINUTE
        for each in self.awake:
            if each.since_ms < ends_ms and (each.until_ms is None or each.until_ms > begins_ms):
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
