"""What the player remembers: which stories began, over kills, sleeps and other rates."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from percorso.city.calendar import DAY, HOUR, MINUTE, SECOND
from percorso.city.memory import FILE, HEAD_START, MADE_GOOD, Awake, Memory, keep, recall

NOON = 19_900 * DAY + 12 * HOUR


def a_memory(sent_ms: int = 0, *awake: Awake) -> Memory:
    return Memory(1, 7, 2_000, date(2024, 5, 1), sent_ms, list(awake))


def test_a_new_city_is_in_full_swing_at_once() -> None:
    memory = a_memory()

    memory.wake(NOON, 5.0)

    assert memory.awake == [Awake(NOON - HEAD_START, None, 5.0)]


def test_a_kill_while_history_is_sent_changes_nothing() -> None:
    memory = a_memory(NOON - 30 * DAY, Awake(NOON - HEAD_START, None, 5.0))

    memory.wake(NOON + 20 * SECOND, 5.0)

    assert memory.awake == [Awake(NOON + 20 * SECOND - HEAD_START, None, 5.0)]


def test_a_short_absence_is_made_good() -> None:
    memory = a_memory(NOON, Awake(NOON - HOUR, None, 5.0))

    memory.wake(NOON + MADE_GOOD, 5.0)

    assert memory.awake == [Awake(NOON - HOUR, None, 5.0)]


def test_after_a_longer_absence_only_stories_under_way_go_on() -> None:
    memory = a_memory(NOON, Awake(NOON - HOUR, None, 5.0))

    memory.wake(NOON + 25 * MINUTE, 5.0)

    assert memory.awake == [
        Awake(NOON - HOUR, NOON + MADE_GOOD, 5.0),
        Awake(NOON + 25 * MINUTE, None, 5.0),
    ]


def test_after_a_night_nothing_is_under_way() -> None:
    memory = a_memory(NOON, Awake(NOON - HOUR, None, 5.0))

    memory.wake(NOON + 9 * HOUR, 5.0)

    assert memory.awake == [Awake(NOON + 9 * HOUR - HEAD_START, None, 5.0)]


def test_another_rate_counts_from_now_on() -> None:
    memory = a_memory(NOON, Awake(NOON - HOUR, None, 5.0))

    memory.wake(NOON + SECOND, 50.0)

    assert memory.awake == [
        Awake(NOON - HOUR, NOON + SECOND, 5.0),
        Awake(NOON + SECOND, None, 50.0),
    ]


def test_however_often_it_wakes_the_memory_stays_small() -> None:
    memory = a_memory()

    for minute in range(0, 2_000, 15):
        memory.wake(NOON + minute * MINUTE, 5.0)
        memory.sent_ms = NOON + minute * MINUTE

    assert len(memory.awake) < 5


@dataclass
class Folder:
    """A home as the player finds it."""

    path: Path

    def recalled(self, *, seed: int = 7, people: int = 2_000) -> Memory:
        return recall(self.path, seed=seed, people=people, now_ms=NOON)


def test_what_is_kept_is_recalled_for_the_same_city_only(tmp_path: Path) -> None:
    folder, memory = Folder(tmp_path), a_memory(NOON, Awake(NOON - HOUR, None, 5.0))

    keep(tmp_path, memory)

    assert folder.recalled() == memory
    assert folder.recalled(seed=8).awake == []
    assert folder.recalled(people=100).sent_ms == 0


def test_a_new_city_began_six_weeks_ago(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("{}")

    memory = Folder(tmp_path).recalled()

    assert memory.start == date(2024, 5, 15)  # noon is of the 26th of June
    assert memory.sent_ms == 0
