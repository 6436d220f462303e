"""An edit goes live whole, once it rests, or not at all; what was refused is said."""

import asyncio
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from percorso.events.errors import Unavailable
from percorso.insights.rules import Refused, Ruleset, reloading, ruleset
from percorso.insights.rules.files import Files
from percorso.insights.rules.reloading import Reloader
from tests.support.rules import edited, shipped, shipped_files
from tests.support.waiting import until

RULE = "rules/assegno-unico-nascita.json"
WINDOW = "window_days"


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, raw in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(raw)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, dict(shipped_files()))
    return tmp_path


@pytest.fixture
async def rules(folder: Path) -> Reloader:
    reloader = Reloader(folder)
    await reloader.start()
    return reloader


def a_shorter_window(days: int = 20) -> bytes:
    return edited({RULE: lambda rule: rule | {WINDOW: days, "version": 2}})[RULE]


def faults() -> float | None:
    return REGISTRY.get_sample_value("percorso_rules_faults")


async def test_before_the_first_reading_nothing_is_live() -> None:
    reloader = Reloader(Path("/nowhere"))

    with pytest.raises(Unavailable):
        _ = reloader.live

    assert await reloader.check() == "the rules are not read yet"


async def test_the_first_reading_is_live(rules: Reloader) -> None:
    assert rules.live.version == shipped().version
    assert await rules.check() is None
    assert rules.status() == {"live": shipped().version, "refused": None}
    assert REGISTRY.get_sample_value("percorso_rules_live", {"version": shipped().version}) == 1


async def test_a_folder_that_is_bad_from_the_start_is_not_ready(folder: Path) -> None:
    (folder / "facts.json").unlink()
    reloader = Reloader(folder)

    await reloader.start()

    assert await reloader.check() == "the rules are refused"
    assert faults() == 1


async def test_an_edit_is_live_once_it_rests(rules: Reloader, folder: Path) -> None:
    (folder / RULE).write_bytes(a_shorter_window())

    await rules.look()
    before = rules.live.rules["assegno-unico-nascita"].form.window_days
    await rules.look()

    assert before == 30
    assert rules.live.rules["assegno-unico-nascita"].form.window_days == 20


async def test_an_edit_that_goes_on_waits(rules: Reloader, folder: Path) -> None:
    for days in (20, 21, 22):
        (folder / RULE).write_bytes(a_shorter_window(days))
        await rules.look()

    assert rules.live.version == shipped().version


@pytest.mark.parametrize("raw", [b"", b"{}", shipped_files()[RULE][:300]])
async def test_a_wrong_edit_is_refused_and_the_last_good_set_stays(
    rules: Reloader, folder: Path, raw: bytes
) -> None:
    (folder / RULE).write_bytes(raw)

    for _ in range(3):
        await rules.look()

    refused = rules.status()["refused"]
    assert isinstance(refused, dict)
    assert refused["faults"][0]["file"] == RULE
    assert rules.live.version == shipped().version
    assert await rules.check() is None
    assert faults() == len(refused["faults"])


async def test_a_good_edit_after_a_wrong_one_is_live(rules: Reloader, folder: Path) -> None:
    (folder / RULE).write_bytes(b"{")
    for _ in range(2):
        await rules.look()
    (folder / RULE).write_bytes(a_shorter_window())
    for _ in range(2):
        await rules.look()

    assert rules.live.rules["assegno-unico-nascita"].form.window_days == 20
    assert rules.status()["refused"] is None
    assert faults() == 0


async def test_taking_a_wrong_edit_back_needs_no_second_look(rules: Reloader, folder: Path) -> None:
    (folder / RULE).write_bytes(b"{")
    for _ in range(2):
        await rules.look()
    (folder / RULE).write_bytes(shipped_files()[RULE])

    await rules.look()

    assert rules.status() == {"live": shipped().version, "refused": None}


async def test_a_file_that_goes_away_changes_nothing(rules: Reloader, folder: Path) -> None:
    (folder / "facts.json").rename(folder / "aside")
    for _ in range(2):
        await rules.look()
    gone = rules.status()["refused"]
    (folder / "aside").rename(folder / "facts.json")
    await rules.look()

    assert gone == {
        "version": "",
        "faults": [{"file": "facts.json", "pointer": "", "text": "cannot be read"}],
    }
    assert rules.live.version == shipped().version
    assert rules.status()["refused"] is None


async def test_a_set_is_judged_once_and_not_at_every_look(
    rules: Reloader, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = _counting(monkeypatch)
    (folder / RULE).write_bytes(b"{")

    for _ in range(5):
        await rules.look()

    assert len(judged) == 1


def _counting(monkeypatch: pytest.MonkeyPatch) -> list[Files]:
    seen: list[Files] = []

    def judge(found: Files) -> Ruleset | Refused:
        seen.append(found)
        return ruleset.judge(found)

    monkeypatch.setattr(reloading, "judge", judge)
    return seen


async def test_the_watch_goes_on_until_it_is_stopped(
    rules: Reloader, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reloading, "LOOK_S", 0.01)
    (folder / RULE).write_bytes(a_shorter_window())
    stop = asyncio.Event()
    watch = asyncio.create_task(rules.run(stop), name="watch")

    await until(lambda: rules.live.version != shipped().version)
    stop.set()
    await watch

    assert rules.live.rules["assegno-unico-nascita"].form.window_days == 20


def test_an_edit_is_live_within_a_minute() -> None:
    assert 3 * reloading.LOOK_S < 60
