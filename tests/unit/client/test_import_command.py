"""`percorso import`, against a fake door: what is sent, told, kept and resumed."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from percorso.client.cli import app
from tests.unit.client.eventlog.logs import HEADER, MAPPING, a_csv
from tests.unit.client.fake_system import FakeSystem, accept_all, in_turn, problem

AT = "2026-05-04T10:00:00Z"
AWAY = problem(503, "unavailable", "Broker away")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: FakeSystem) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "mapping.toml").write_text(MAPPING)
    system.route("POST", "/v1/events", accept_all)


def a_log(count: int, *, broken: tuple[int, ...] = ()) -> None:
    table = [(str(n), "x", "never" if n in broken else AT) for n in range(1, count + 1)]
    Path("log.csv").write_text(a_csv(table, HEADER, lineterminator="\n"))


def run(*options: str, log: str = "log.csv") -> Result:
    return CliRunner().invoke(
        app, ["import", log, "--mapping", "mapping.toml", "--retry-for", "0", *options]
    )


def sent(system: FakeSystem) -> list[str]:
    """Return the ids of what was posted since the last time, in order."""
    requests = system.asked("/v1/events")
    ids = [event["id"] for request in requests for event in json.loads(request.content)]
    system.requests.clear()
    return ids


def ids(first: int, last: int) -> list[str]:
    return [f"permits:{n}:{n}" for n in range(first, last + 1)]


def kept() -> list[Path]:
    return list(Path("state").rglob("*.json"))


def test_every_row_is_sent_in_order_as_its_agency(system: FakeSystem) -> None:
    a_log(250)

    result = run()

    assert (result.exit_code, result.stdout, result.stderr) == (0, "250 accepted, 0 rejected\n", "")
    posted = system.asked("/v1/events")
    assert {request.headers["Authorization"] for request in posted} == {"Bearer agency-c_a182"}
    assert sent(system) == ids(1, 250)


def test_importing_again_sends_the_same_events(system: FakeSystem) -> None:
    a_log(120)
    run()
    first = [request.content for request in system.asked("/v1/events")]
    system.requests.clear()

    run()

    assert [request.content for request in system.asked("/v1/events")] == first
    assert kept() == []


def test_a_broken_row_is_named_by_line_and_the_rest_is_sent(system: FakeSystem) -> None:
    a_log(5, broken=(2, 5))

    result = run()

    assert result.exit_code == 1
    assert result.stdout == "3 accepted, 0 rejected, 2 unreadable\n"
    assert result.stderr.splitlines() == [
        "log.csv:3: at is no time in ISO 8601",
        "log.csv:6: at is no time in ISO 8601",
    ]
    assert sent(system) == [*ids(1, 1), *ids(3, 4)]


def test_what_the_door_rejects_is_named_by_line_too(system: FakeSystem) -> None:
    fault = {"type": "urn:percorso:problem:over-limit", "title": "Over a limit"}
    answer = {"accepted": 1, "rejected": [{"index": 1, "id": "permits:2:2", "problem": fault}]}
    system.route("POST", "/v1/events", lambda _: httpx.Response(202, json=answer))
    a_log(2)

    result = run()

    assert result.exit_code == 1
    assert "rejected  log.csv:3  permits:2:2  Over a limit\n" in result.stdout


def test_the_report_in_json_is_one_document(system: FakeSystem) -> None:
    a_log(3, broken=(2,))

    result = run("--json")

    assert json.loads(result.stdout) == {
        "accepted": 2,
        "rejected": [],
        "rejected_count": 0,
        "unknown": 0,
        "broken": [
            {"file": "log.csv", "line": 3, "index": 1, "reason": "at is no time in ISO 8601"}
        ],
        "broken_count": 1,
        "not_sent": 0,
        "stopped_by": None,
        "rows": 3,
        "resumed_after": 0,
    }


def test_an_interrupted_import_goes_on_where_it_was(system: FakeSystem) -> None:
    a_log(450, broken=(7, 205, 450))
    system.route("POST", "/v1/events", in_turn(accept_all, accept_all, AWAY))

    interrupted = run()
    first = sent(system)
    system.route("POST", "/v1/events", accept_all)
    resumed = run("--json")

    assert interrupted.exit_code == 1
    assert "the same command goes on from there" in interrupted.stderr
    again = sent(system)
    assert again[0] == "permits:202:202"
    assert sorted({*first, *again}) == sorted(
        {*ids(1, 450)} - {*ids(7, 7), *ids(205, 205), *ids(450, 450)}
    )
    assert "201 rows are settled" in resumed.stderr
    told = json.loads(resumed.stdout)
    assert (told["accepted"], told["broken_count"]) == (447, 3)
    assert (told["rows"], told["resumed_after"]) == (450, 201)
    assert resumed.exit_code == 1
    assert kept() == []


def test_an_interrupt_keeps_the_position(system: FakeSystem) -> None:
    def interrupt(request: httpx.Request) -> httpx.Response:
        raise KeyboardInterrupt

    a_log(250)
    system.route("POST", "/v1/events", in_turn(accept_all, interrupt))

    assert run().exit_code != 0

    sent(system)
    system.route("POST", "/v1/events", accept_all)
    assert run().exit_code == 0
    assert sent(system) == ids(101, 250)


def test_events_of_unknown_outcome_are_sent_again(system: FakeSystem) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(202, json={"accepted": 99, "rejected": []})

    a_log(300)
    system.route("POST", "/v1/events", in_turn(accept_all, answer, AWAY))
    run()
    sent(system)
    system.route("POST", "/v1/events", accept_all)

    run()

    assert sent(system) == ids(101, 300)


def test_a_restart_begins_with_the_first_row(system: FakeSystem) -> None:
    a_log(150)
    system.route("POST", "/v1/events", in_turn(accept_all, AWAY))
    run()
    sent(system)
    system.route("POST", "/v1/events", accept_all)

    assert run("--restart").exit_code == 0

    assert sent(system) == ids(1, 150)


@pytest.mark.parametrize("changed", ["log", "mapping"])
def test_another_log_or_mapping_is_refused_in_one_sentence(
    system: FakeSystem, changed: str
) -> None:
    a_log(150)
    system.route("POST", "/v1/events", in_turn(accept_all, AWAY))
    run()
    sent(system)
    if changed == "log":
        a_log(151)
    else:
        Path("mapping.toml").write_text(MAPPING.replace("01.1.1", "01.1.2"))

    result = run()

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"percorso: the {changed} is not the one with which 100 rows were settled; "
        "give --restart to import from the first row on\n"
    )
    assert sent(system) == []


def test_a_mapping_may_be_mended_before_anything_is_settled(system: FakeSystem) -> None:
    a_log(10)
    system.route("POST", "/v1/events", lambda _: AWAY)
    run()
    Path("mapping.toml").write_text(MAPPING.replace("01.1.1", "01.1.2"))
    system.route("POST", "/v1/events", accept_all)

    assert run().exit_code == 0


def test_another_system_is_imported_into_from_the_beginning(
    system: FakeSystem, tmp_path: Path
) -> None:
    a_log(150)
    system.route("POST", "/v1/events", in_turn(accept_all, AWAY))
    run()
    sent(system)
    system.route("POST", "/v1/events", accept_all)
    (tmp_path / "home" / "secrets" / "local.secret").write_text("that of a new data folder\n")

    assert run().exit_code == 0

    assert sent(system) == ids(1, 150)


def test_the_position_may_be_kept_elsewhere(system: FakeSystem) -> None:
    a_log(150)
    system.route("POST", "/v1/events", in_turn(accept_all, AWAY))

    run("--state", "here/position")

    assert json.loads(Path("here/position").read_text())["rows"] == 100
    Path("here/position").write_text("{}")
    assert "here/position holds no position of an import" in run("--state", "here/position").stderr
    assert kept() == []


def test_a_position_that_cannot_be_kept_is_told_before_anything_is_sent(
    system: FakeSystem,
) -> None:
    a_log(1)
    Path("state").write_text("a file where a folder should be")

    result = run()

    assert result.exit_code == 1
    assert "which keeps how far the import came" in result.stderr
    assert sent(system) == []


def test_an_agency_that_is_not_registered_ends_it_at_once(system: FakeSystem) -> None:
    a_log(250)
    system.route("POST", "/v1/tokens", lambda _: problem(404, "unknown-agency", "Unknown agency"))

    result = run()

    assert result.exit_code == 1
    assert "percorso agency add c_a182 --source urn:it:c_a182:" in result.stderr
    assert system.asked("/v1/events") == []


def test_an_own_token_sends_to_a_remote_system(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERCORSO_TOKEN", "mine")
    a_log(3)

    assert run("--url", "http://x.test").exit_code == 0

    [request] = system.requests
    assert request.headers["Authorization"] == "Bearer mine"


@pytest.mark.parametrize(
    ("log", "status", "sentence"),
    [
        ("absent.csv", 2, "cannot read absent.csv"),
        ("mapping.toml", 2, "the name of a log ends in .csv, .csv.gz, .xes, .xes.gz"),
        ("other.csv", 1, "the log has no column activity, at, case, which the mapping names"),
    ],
)
def test_what_is_no_log_is_told(system: FakeSystem, log: str, status: int, sentence: str) -> None:
    Path("other.csv").write_text("a,b\n")

    result = run(log=log)

    assert result.exit_code == status
    assert sentence in result.stderr


def test_a_bad_mapping_is_told_place_by_place(system: FakeSystem) -> None:
    a_log(1)
    Path("mapping.toml").write_text(MAPPING.replace("agency =", "agent ="))

    result = run()

    assert result.exit_code == 1
    assert result.stderr == (
        "percorso: mapping.toml: agency: is required\nmapping.toml: agent: is no key of a mapping\n"
    )
