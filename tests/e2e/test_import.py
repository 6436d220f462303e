"""Event logs through `percorso import`: the sample anywhere, the real logs where they are."""

import json
import os
import pty
import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from percorso.client import Percorso, RawEvent
from percorso.client.eventlog import convert, open_log, read_mapping
from tests.support.event_logs import REAL_LOGS, RealLog, Touchpoint
from tests.support.repository import ROOT
from tests.support.stack import Json, Stack, running
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

EXAMPLES = ROOT / "examples"
COMMAND = Path(sys.executable).with_name("percorso")
READ_OVER_HTTP = 200  # cases of each log; SQL reads them all

every_real_log = pytest.mark.parametrize("log", REAL_LOGS, ids=lambda log: log.name)
Environment = Mapping[str, str]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    home = tmp_path_factory.mktemp("import") / "home"
    with running(home, PERCORSO_JOURNEY_WORKERS="1") as stack:
        yield stack


@pytest.fixture
def environment(stack: Stack, tmp_path: Path) -> Environment:
    return os.environ | {"PERCORSO_HOME": str(stack.home), "XDG_STATE_HOME": str(tmp_path)}


def rest(stack: Stack) -> None:
    """Wait until journey applied everything that was accepted before this."""
    now = datetime.now(UTC)
    with psycopg.connect(stack.run["postgres"]["journey"], autocommit=True) as connection:
        eventually(lambda: _is_complete(connection, now), within_s=300, every_s=0.2)


def _is_complete(connection: psycopg.Connection, until: datetime) -> bool:
    """Say whether the ends of all partitions were read since then, and everything up to them."""
    row = connection.execute("SELECT min(complete_until) FROM consumer_offsets").fetchone()
    return row is not None and row[0] is not None and row[0] >= until


def percorso(environment: Environment, *arguments: object) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def counts_of_import(environment: Environment, log: Path, mapping: Path) -> Json:
    done = percorso(environment, "import", log, "--mapping", mapping, "--json")
    assert done.returncode == 0, done.stderr
    counts: Json = json.loads(done.stdout)
    return counts


def stored(stack: Stack, environment: Environment) -> int:
    """Return the exact number that `percorso status` prints, once all is applied."""
    rest(stack)
    status = json.loads(percorso(environment, "status", "--json").stdout)["journey"]
    assert status["dead_letters"] == 0
    count: int = status["touchpoints"]
    return count


def stored_cases(stack: Stack, source: str) -> dict[str, list[Touchpoint]]:
    """Return every row of a source by its matter, in the order of timelines."""
    cases = defaultdict(list)
    with psycopg.connect(stack.run["postgres"]["journey"]) as connection:
        for matter, occurred_at, touchpoint in connection.execute(
            "SELECT matter, occurred_at, touchpoint FROM touchpoints WHERE source = %s"
            " ORDER BY subject, occurred_at, sequence, event_key",
            [source],
        ):
            cases[matter].append((occurred_at, json.loads(touchpoint)["details"]))
    return dict(cases)


def read_case(stack: Stack, case: str) -> list[Any]:
    """Return the attributes on a case's timeline, as its citizen reads it."""
    identifier = {"scheme": "customer", "value": f"c_a182:{case}"}
    reader = stack.token(caller="citizen", identifier=identifier)
    page = stack.timeline(reader, order="asc", limit=200)
    assert page["next_cursor"] is None
    return [item["touchpoint"]["details"] for item in page["items"]]


def test_the_sample_is_imported_in_both_formats_and_again_changes_nothing(
    stack: Stack, environment: Environment
) -> None:
    before = stored(stack, environment)

    counts = [
        counts_of_import(environment, EXAMPLES / name, EXAMPLES / "sample-log.toml")
        for name in ("sample-log.csv", "sample-log.xes", "sample-log.csv")
    ]

    assert [each["accepted"] for each in counts] == [20, 20, 20]
    assert stored(stack, environment) == before + 20
    assert [details["concept:name"] for details in read_case(stack, "OSP/2026/103")] == [
        "Application received",
        "Completeness checked",
        "Hearing held",
        "Application refused",
    ]
    assert [details["concept:name"] for details in read_case(stack, "OSP/2026/102")][1:3] == [
        "Completeness checked",
        "Information requested",
    ]


def a_long_log(folder: Path, count: int) -> Path:
    """Write a log in the form of the sample, of cases that no other log has."""
    lines = (EXAMPLES / "sample-log.csv").read_text().splitlines()
    case, rest = lines[1].split(",", 1)
    rows = (f"{case}-{folder.name}-{n // 7},{rest}" for n in range(count))
    path = folder / "long.csv"
    path.write_text("\n".join([lines[0], *rows, ""]))
    return path


def test_a_killed_import_goes_on_and_nothing_is_lost_or_doubled(
    stack: Stack, environment: Environment, tmp_path: Path
) -> None:
    count, state = 30_000, tmp_path / "state"
    command = import_command(a_long_log(tmp_path, count), "--state", state)
    before = stored(stack, environment)

    for _ in range(2):
        kill_on_its_way(command, environment, state)
    last = subprocess.run(command, env=environment, capture_output=True, check=True, timeout=300)

    counts = json.loads(last.stdout)
    assert 0 < counts["resumed_after"] < count
    assert (counts["accepted"], counts["rows"]) == (count, count)
    assert stored(stack, environment) == before + count


def import_command(log: Path, *more: str | Path) -> list[str]:
    arguments = ("import", log, "--json", "--mapping", EXAMPLES / "sample-log.toml", *more)
    return [str(COMMAND), *map(str, arguments)]


def kill_on_its_way(command: list[str], environment: Environment, state: Path) -> None:
    """Kill an import when it has settled more than the one before it."""
    before = _settled(state)
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as killed:
        eventually(lambda: _settled(state) > before, within_s=60, every_s=0.01)
        killed.kill()


def _settled(state: Path) -> int:
    with suppress(FileNotFoundError):
        return int(json.loads(state.read_bytes())["rows"])
    return 0


def test_on_a_terminal_a_bar_shows_rate_and_time_left(
    stack: Stack, environment: Environment, tmp_path: Path
) -> None:
    terminal, stderr = pty.openpty()
    command = import_command(a_long_log(tmp_path, 5_000))

    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=stderr) as shown:
        os.close(stderr)
        drawn = _drawn(terminal)
        stdout, _ = shown.communicate()

    assert json.loads(stdout)["accepted"] == 5_000
    assert "accepted, " in drawn
    assert "/s" in drawn
    assert "left" in drawn


def _drawn(terminal: int) -> str:
    """Read a terminal until nobody writes to it any more."""
    drawn = b""
    with os.fdopen(terminal, "rb", buffering=0) as screen, suppress(OSError):
        while part := screen.read(4096):
            drawn += part
    return drawn.decode()


@every_real_log
def test_a_real_log_is_stored_exactly_in_order_with_every_attribute(
    stack: Stack, environment: Environment, log: RealLog
) -> None:
    path, cases = log.path(), log.cases()
    before = stored(stack, environment)

    first = counts_of_import(environment, path, log.mapping())
    after_first = stored(stack, environment)
    again = counts_of_import(environment, path, log.mapping())
    after_again = stored(stack, environment)

    assert (first["accepted"], again["accepted"]) == (log.count, log.count)
    assert (after_first - before, after_again - before) == (log.count, log.count)
    assert stored_cases(stack, read_mapping(log.mapping()).source) == cases
    for case in random.Random(4).sample(sorted(cases), READ_OVER_HTTP):
        assert read_case(stack, case) == [attributes for _, attributes in cases[case]]


def disturbed(events: list[RawEvent], chance: random.Random) -> list[RawEvent]:
    """Take every tenth event out of its place, and send every twentieth twice."""
    places = [(float(place), event) for place, event in enumerate(events)]
    for index in chance.sample(range(len(places)), len(places) // 10):
        places[index] = (chance.uniform(0, len(places)), places[index][1])
    twice = chance.sample(places, len(places) // 20)
    places += [(chance.uniform(place, len(places)), event) for place, event in twice]
    return [event for _, event in sorted(places, key=lambda each: each[0])]


def as_another_source(log: RealLog, folder: Path) -> Path:
    """Write the log's mapping for other citizens, so that nothing of it is stored yet."""
    text = log.mapping().read_text()
    path = folder / "disturbed.toml"
    path.write_text(
        text.replace(
            f'"urn:it:c_a182:{log.name}"', f'"urn:it:c_a182:{log.name}-disturbed"'
        ).replace('"c_a182:{', '"c_a182:disturbed-{')
    )
    return path


def kill(stack: Stack, part: str) -> int:
    """Kill a part as soon as it runs, and return the process that it was."""

    def killed() -> int:
        with suppress(LookupError, psutil.Error):
            process = stack.part(part)
            process.kill()
            return process.pid
        return 0

    return eventually(killed, within_s=60)


@every_real_log
def test_a_disturbed_log_is_stored_as_if_nothing_had_happened(
    stack: Stack, environment: Environment, tmp_path: Path, log: RealLog
) -> None:
    path, cases = log.path(), log.cases()
    mapping = read_mapping(as_another_source(log, tmp_path))
    with open_log(path) as rows:
        made = [convert(row, mapping, file=log.name) for row in rows.rows(mapping)]
    events = [event for event in made if isinstance(event, RawEvent)]
    sent = disturbed(events, random.Random(4))
    before, accepted = stored(stack, environment), 0
    killed: list[int] = []

    with Percorso.local(stack.home) as system:
        for settled in system.send(sent):
            accepted += settled.accepted
            if accepted * 3 >= len(sent) * (len(killed) + 1) and len(killed) < 2:
                killed.append(kill(stack, "journey"))

    assert accepted == len(sent) == log.count + log.count // 20
    assert len(set(killed)) == 2
    assert stored(stack, environment) - before == log.count
    assert stored_cases(stack, mapping.source) == cases
