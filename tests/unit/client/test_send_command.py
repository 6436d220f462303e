"""`percorso send`, against a fake door."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from percorso.client.cli import app
from tests.unit.client.fake_system import FakeSystem, accept_all, an_event, in_turn, problem


def run(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["send", *arguments], input=stdin)


def a_file(folder: Path, *lines: bytes, name: str = "events.ndjson") -> str:
    path = folder / name
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return str(path)


def reject_first(request: httpx.Request) -> httpx.Response:
    told = {"type": "urn:x:bad-channel", "title": "Unknown channel", "pointer": "/data/touchpoint"}
    rejected = [{"index": 0, "id": "2026-000000", "problem": told}]
    size = len(json.loads(request.content))
    return httpx.Response(202, json={"accepted": size - 1, "rejected": rejected})


def test_events_are_sent_in_batches_of_100(system: FakeSystem, tmp_path: Path) -> None:
    system.route("POST", "/v1/events", accept_all)
    events = [an_event(number) for number in range(250)]

    result = run(a_file(tmp_path, *events))

    sent = system.asked("/v1/events")
    assert (result.exit_code, result.stdout) == (0, "250 accepted, 0 rejected\n")
    assert [request.content for request in sent] == [
        b"[" + b",".join(events[start : start + 100]) + b"]" for start in (0, 100, 200)
    ]
    assert len(system.asked("/v1/tokens")) == 1


def test_a_file_of_several_agencies_is_sent_as_each(system: FakeSystem, tmp_path: Path) -> None:
    system.route("POST", "/v1/events", accept_all)

    run(a_file(tmp_path, an_event(1), an_event(2, agency="inps"), an_event(3)))

    sent = {request.headers["Authorization"]: request for request in system.asked("/v1/events")}
    assert sent.keys() == {"Bearer agency-c_a182", "Bearer agency-inps"}
    assert sent["Bearer agency-c_a182"].content == b"[" + an_event(1) + b"," + an_event(3) + b"]"


def test_an_agency_can_be_given(
    system: FakeSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERCORSO_TOKEN", "mine")
    system.route("POST", "/v1/events", accept_all)

    run(a_file(tmp_path, an_event(1), an_event(2, agency="inps")), "--agency", "c_x")

    [request] = system.asked("/v1/events")
    assert request.headers["Authorization"] == "Bearer agency-c_x"


def test_an_own_token_sends_everything(
    system: FakeSystem, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERCORSO_TOKEN", "mine")
    system.route("POST", "/v1/events", accept_all)

    result = run(a_file(tmp_path, an_event(1), b'{"source":"urn:y"}'), "--url", "http://x.test")

    [request] = system.requests
    assert result.exit_code == 0
    assert request.headers["Authorization"] == "Bearer mine"


def test_rejected_events_are_told_with_place_and_reason(system: FakeSystem, tmp_path: Path) -> None:
    system.route("POST", "/v1/events", reject_first)
    file = a_file(tmp_path, b"", an_event(0), an_event(1))

    result = run(file)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"rejected  {file}:2  2026-000000  Unknown channel; /data/touchpoint",
        "1 accepted, 1 rejected",
    ]


def test_the_report_in_json_is_one_document(system: FakeSystem, tmp_path: Path) -> None:
    system.route("POST", "/v1/events", reject_first)
    file = a_file(tmp_path, an_event(0), b"broken", an_event(1))

    result = run(file, "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "accepted": 1,
        "rejected": [
            {
                "file": file,
                "line": 1,
                "index": 0,
                "id": "2026-000000",
                "problem": {
                    "type": "urn:x:bad-channel",
                    "title": "Unknown channel",
                    "pointer": "/data/touchpoint",
                },
            }
        ],
        "rejected_count": 1,
        "unknown": 0,
        "broken": [
            {"file": file, "line": 2, "index": 1, "reason": "not a JSON object in UTF-8"},
        ],
        "broken_count": 1,
        "not_sent": 0,
        "stopped_by": None,
    }


def test_a_broken_line_is_named_and_the_rest_is_sent(system: FakeSystem, tmp_path: Path) -> None:
    system.route("POST", "/v1/events", accept_all)
    file = a_file(tmp_path, an_event(0), b'{"citizen": "RSSMRA85T10A562S"', an_event(1))

    result = run(file)

    assert result.exit_code == 1
    assert result.stdout == "2 accepted, 0 rejected, 1 unreadable\n"
    assert result.stderr == f"{file}:2: not a JSON object in UTF-8\n"


def test_stdin_is_read(system: FakeSystem) -> None:
    system.route("POST", "/v1/events", accept_all)

    result = run("-", stdin=b"[" + an_event(1) + b", " + an_event(2) + b"]")

    assert result.stdout == "2 accepted, 0 rejected\n"


def test_validation_stores_nothing(system: FakeSystem) -> None:
    system.route("POST", "/v1/events", accept_all)

    result = run("-", "--validate", stdin=an_event(1))

    assert system.asked("/v1/events")[0].url.params["validate"] == "true"
    assert result.stdout == "1 would be accepted, 0 rejected\n"


def test_a_busy_door_is_asked_again_with_the_same_events(system: FakeSystem) -> None:
    busy = httpx.Response(429, headers={"Retry-After": "0"})
    system.route("POST", "/v1/events", in_turn(busy, httpx.ReadError("x"), accept_all))

    result = run("-", stdin=an_event(1))

    sent = system.asked("/v1/events")
    assert result.exit_code == 0
    assert len({request.content for request in sent}) == 1
    assert len(sent) == 3


def test_a_door_that_stays_away_leaves_events_unknown(system: FakeSystem) -> None:
    system.route("POST", "/v1/events", lambda _: problem(503, "unavailable", "Broker away"))

    result = run(
        "-",
        "--retry-for",
        "0",
        stdin=b"\n".join([an_event(number) for number in range(150)] + [an_event(1, agency="b")]),
    )

    assert result.exit_code == 1
    assert result.stdout == "0 accepted, 0 rejected, 100 unknown\n"
    assert "identity cannot now: Broker away; 100 of unknown outcome" in result.stderr


def test_an_unregistered_agency_does_not_hold_the_others(system: FakeSystem) -> None:
    unknown = problem(404, "unknown-agency", "Unknown agency")
    token = httpx.Response(201, json={"access_token": "t", "expires_in": 3600})
    system.route("POST", "/v1/tokens", in_turn(unknown, token))
    system.route("POST", "/v1/events", accept_all)

    result = run("-", stdin=an_event(1, agency="c_x") + b"\n" + an_event(2))

    assert result.exit_code == 1
    assert "percorso agency add c_x --source urn:it:c_x:" in result.stdout
    assert "1 accepted, 1 rejected" in result.stdout


def test_a_refused_token_ends_it(system: FakeSystem) -> None:
    system.route("POST", "/v1/events", lambda _: problem(401, "unauthorized", "Unauthorized"))

    result = run("-", stdin=b"\n".join(an_event(number) for number in range(250)))

    assert result.exit_code == 1
    assert len(system.asked("/v1/events")) == 1
    assert result.stdout == "0 accepted, 0 rejected, 100 not sent\n"
    assert result.stderr.startswith("percorso: identity refused: Unauthorized; 100 read")
