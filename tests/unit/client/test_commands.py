"""The commands, against a fake system: what they ask, print and exit with."""

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from percorso.client.cli import app
from tests.unit.client.fake_system import FakeSystem, in_turn, problem

CF = "RSSMRA85T10A562S"
OPERATOR = "e30.eyJyb2xlIjoiZGVzayJ9.x"
CITIZEN = "e30.eyJhY3IiOiJ4In0.x"
ITEM = (
    b'{"id":"1","source":"urn:it:c_a182:x","type":"eu.percorso.application.received.v1",'
    b'"occurred_at":"2026-05-04T10:00:00.120Z","received_at":"2026-05-04T10:00:00.345Z",'
    b'"agency":"c_a182","channel":"01.1.1","service":"cambio-residenza","matter":"AN/1",'
    b'"outcome":null,"touchpoint":{"n": 1.0,\n "big":123456789012345678901},"trace_id":"t"}'
)
LETTER = {"id": 7, "reason": "too_large", "topic": "percorso.touchpoints.v1"}


def run(*arguments: str, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, arguments, input=stdin)


def a_page(*items: bytes, cursor: str | None = None) -> httpx.Response:
    body = b'{"items":[%s],"next_cursor":%s}' % (b",".join(items), json.dumps(cursor).encode())
    return httpx.Response(200, content=body)


def test_a_token_is_alone_on_stdout(system: FakeSystem) -> None:
    result = run("token", "agency", "c_a182")

    assert (result.exit_code, result.stdout) == (0, "agency-c_a182\n")


def test_a_token_is_printed_as_json(system: FakeSystem) -> None:
    result = run("token", "citizen", CF, "--json")

    assert json.loads(result.stdout)["access_token"] == "citizen-cf"


def test_an_operators_token_names_all(system: FakeSystem) -> None:
    result = run(
        *("token", "operator", "--agency", "c_a182", "--role", "desk"),
        *("--purpose", "desk work", "--case", "C-1"),
    )

    [request] = system.requests
    assert result.stdout == "operator-desk\n"
    assert json.loads(request.content) == {
        "caller": "operator",
        "agency": "c_a182",
        "role": "desk",
        "purpose": "desk work",
        "case": "C-1",
    }


def test_an_unregistered_agency_is_one_sentence(system: FakeSystem) -> None:
    system.route("POST", "/v1/tokens", lambda _: problem(404, "unknown-agency", "Unknown agency"))

    result = run("token", "agency", "c_x")

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "percorso: the agency c_x is not registered; "
        "register it: percorso agency add c_x --source urn:it:c_x:\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("token", "citizen", "Mario Rossi"),
        ("token", "citizen", CF, "--level", "4"),
        ("token", "operator", "--agency", "c_a182"),
        ("--url", "http://x.test", "token", "agency", "c_a182"),
        ("status", "--url", "x.test"),
        ("send", "/no/such/file"),
        ("send",),
        ("agency", "add", "c_a182"),
        ("dead-letters", "redrive"),
        ("dead-letters", "redrive", "1", "--all"),
        ("dead-letters", "redrive", "1", "--reason", "x"),
        ("dead-letters", "discard", "--all"),
        ("no-such-command",),
    ],
)
def test_wrong_usage_is_2_and_asks_nothing(system: FakeSystem, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Rossi" not in result.stderr
    assert system.requests == []


@pytest.mark.parametrize("token", ["two words", "a\nb", "é"])
def test_a_token_that_is_none_is_wrong_usage(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("PERCORSO_TOKEN", token)

    result = run("timeline", CF)

    assert result.exit_code == 2
    assert token not in result.stderr


def test_no_running_system_is_one_sentence(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PERCORSO_HOME", str(tmp_path / "none"))

    result = run("status")

    assert result.exit_code == 1
    assert result.stderr.startswith("percorso: no Percorso runs in ")
    assert result.stderr.count("\n") == 1


def test_a_remote_system_needs_a_token(system: FakeSystem) -> None:
    result = run("timeline", f"cf:{CF}", "--url", "http://x.test")

    assert result.exit_code == 1
    assert "PERCORSO_TOKEN" in result.stderr


def test_an_agency_is_registered_with_a_token_for_operations(system: FakeSystem) -> None:
    system.route("POST", "/v1/agencies", lambda _: httpx.Response(201, json={"code": "c_x"}))

    result = run("agency", "add", "c_x", "--source", "urn:it:c_x:", "--source", "urn:y:", "--links")

    [request] = system.asked("/v1/agencies")
    assert (result.exit_code, result.stdout) == (0, "c_x is registered\n")
    assert request.headers["Authorization"] == "Bearer operator-operations"
    assert json.loads(request.content) == {
        "code": "c_x",
        "sources": ["urn:it:c_x:", "urn:y:"],
        "links": True,
    }


def test_the_same_registration_again_is_no_fault(system: FakeSystem) -> None:
    system.route("POST", "/v1/agencies", lambda _: httpx.Response(200, json={"code": "c_x"}))

    result = run("agency", "add", "c_x", "--source", "urn:it:c_x:")

    assert (result.exit_code, result.stdout) == (
        0,
        "c_x was registered already, it owns these sources\n",
    )


def test_a_source_that_is_taken_is_refused(system: FakeSystem) -> None:
    system.route("POST", "/v1/agencies", lambda _: problem(409, "source-taken", "Source taken"))

    result = run("agency", "add", "c_x", "--source", "urn:it:c_a182:")

    assert result.exit_code == 1
    assert result.stderr == "percorso: identity refused: Source taken\n"


def test_a_timeline_is_a_line_per_touchpoint_in_local_time(system: FakeSystem) -> None:
    system.route("GET", "/v1/timelines/me", in_turn(a_page(ITEM, cursor="c"), a_page(ITEM)))

    result = run("timeline", CF)

    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert len(lines) == 2
    assert lines[0].split() == [
        *("2026-05-04", "12:00:00", "c_a182", "application.received", "01.1.1"),
        *("cambio-residenza", "AN/1"),
    ]
    asked = system.asked("/v1/timelines/me")
    assert asked[0].headers["Authorization"] == "Bearer citizen-cf"
    assert asked[0].url.params["order"] == "asc"
    assert all(CF not in str(request.url) for request in system.requests)


def test_what_the_catalogue_does_not_name_is_printed_with_its_name(system: FakeSystem) -> None:
    named = ITEM.replace(b'{"n": 1.0', b'{"name": "loan \\u001b[1m", "n": 1.0')
    recorded = named.replace(b"application.received", b"touchpoint.recorded")
    system.route("GET", "/v1/timelines/me", lambda _: a_page(recorded, named))

    unnamed, other = run("timeline", CF).stdout.splitlines()

    assert unnamed.split("  ")[-1] == "loan \ufffd[1m"
    assert other.split()[-1] == "AN/1"


def test_a_timeline_in_json_is_items_as_they_came(system: FakeSystem) -> None:
    system.route("GET", "/v1/timelines/me", lambda _: a_page(ITEM))

    result = run("timeline", CF, f"cf:{CF}", "--json")

    assert result.stdout_bytes == (ITEM.replace(b"\n", b" ") + b"\n") * 2


def test_several_timelines_have_headings(system: FakeSystem) -> None:
    system.route("GET", "/v1/timelines/me", in_turn(a_page(), a_page(ITEM)))

    result = run("timeline", "app:c_a182:1", CF)

    lines = result.stdout.splitlines()
    assert lines[:2] == ["app:c_a182:1:", f"{CF}:"]
    assert len(lines) == 3
    assert result.stderr == "no touchpoints\n"


def test_control_characters_do_not_reach_the_terminal(system: FakeSystem) -> None:
    item = ITEM.replace(b"AN/1", b"\\u001b[2J\\u202ex\\u00a0y")
    system.route("GET", "/v1/timelines/me", lambda _: a_page(item))

    assert run("timeline", CF).stdout.endswith("\ufffd[2J\ufffdx\xa0y\n")


def test_a_citizens_own_token_reads_own_timeline(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERCORSO_TOKEN", CITIZEN)
    system.route("GET", "/v1/timelines/me", lambda _: a_page(ITEM))

    result = run("--url", "http://x.test", "timeline", CF)

    [request] = system.requests
    assert result.exit_code == 0
    assert request.url.host == "x.test"
    assert request.headers["Authorization"] == f"Bearer {CITIZEN}"
    assert run("timeline", CF, CF).exit_code == 2


def test_an_operators_own_token_looks_the_subject_up(
    system: FakeSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERCORSO_TOKEN", OPERATOR)
    system.route("POST", "/v1/lookups", lambda _: httpx.Response(200, json={"subject": "s-1"}))
    system.route("GET", "/v1/timelines/s-1", lambda _: a_page(ITEM))

    result = run("timeline", CF)

    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 1


STATUS = {"status": 200, "title": "OK", "version": "0.1.0", "ready": True, "dead_letters": 0}


def test_status_is_a_table(system: FakeSystem) -> None:
    journey = {**STATUS, "service": "journey", "lag": 3, "freshness_ms": 12.4, "touchpoints": 12345}
    system.route("GET", "/status", in_turn(_status("identity"), httpx.Response(200, json=journey)))

    result = run("status")

    rows = [line.split() for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert rows[1][:3] == ["identity", "yes", "0.1.0"]
    assert rows[2] == ["journey", "yes", "0.1.0", "3", "12", "ms", "0", "12345", "-"]


def test_status_in_json_is_by_name(system: FakeSystem) -> None:
    system.route("GET", "/status", in_turn(_status("identity"), _status("journey")))

    result = run("status", "--json")

    read = json.loads(result.stdout)
    assert list(read) == ["identity", "journey"]
    assert read["identity"] == {**STATUS, "service": "identity"}


@pytest.mark.parametrize(
    "second",
    [
        httpx.ConnectError("x"),
        httpx.Response(503, json={**STATUS, "service": "journey", "ready": False}),
        httpx.Response(404, text="nothing here"),
        httpx.Response(404, json={"title": "Not found"}),
    ],
)
def test_a_service_that_is_not_ready_is_1(
    system: FakeSystem, second: httpx.Response | Exception
) -> None:
    system.route("GET", "/status", in_turn(_status("identity"), second))

    result = run("status", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["journey"]["ready"] is False


def test_status_says_why_a_service_is_not_ready(system: FakeSystem) -> None:
    checks = {"postgres": "away", "kafka": "ok"}
    readyz = httpx.Response(503, json={"status": "not ready", "checks": checks})
    waiting = {**STATUS, "service": "identity", "ready": False}
    system.route("GET", "/status", lambda _: httpx.Response(200, json=waiting))
    system.route("GET", "/readyz", lambda _: readyz)

    result = run("status")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[1].rstrip().endswith("postgres: away")


def test_dead_letters_are_listed(system: FakeSystem) -> None:
    other = {**LETTER, "id": 8, "reason": "wrong_key"}
    page = httpx.Response(200, json={"items": [LETTER, other], "next_cursor": None})
    system.route("GET", "/v1/dead-letters", lambda _: page)

    told = run("dead-letters", "list", "--reason", "wrong_key")
    asked = system.requests[-1].url.params
    listed = run("dead-letters", "list", "--json")

    assert asked["reason"] == "wrong_key"
    assert told.stdout == "8  wrong_key  topic=percorso.touchpoints.v1\n"
    assert [json.loads(line)["id"] for line in listed.stdout.splitlines()] == [7, 8]


def test_a_dead_letter_is_shown(system: FakeSystem) -> None:
    letter = {**LETTER, "attributes": {"type": "x"}}
    system.route("GET", "/v1/dead-letters/7", lambda _: httpx.Response(200, json=letter))

    result = run("dead-letters", "show", "7")

    assert result.stdout.splitlines() == [
        *("id: 7", "reason: too_large", "topic: percorso.touchpoints.v1"),
        'attributes: {"type":"x"}',
    ]
    assert json.loads(run("dead-letters", "show", "7", "--json").stdout) == letter


def test_dead_letters_are_redriven_whatever_becomes_of_the_others(system: FakeSystem) -> None:
    system.route("POST", "/v1/dead-letters/7/redrive", lambda _: httpx.Response(202))

    result = run("dead-letters", "redrive", "6", "7", "--json")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["redriven"] == ["7"]
    assert "6: journey refused: Not found" in result.stderr


def test_all_are_listed_before_the_first_is_redriven(system: FakeSystem) -> None:
    first = httpx.Response(200, json={"items": [LETTER], "next_cursor": "c"})
    last = httpx.Response(200, json={"items": [{**LETTER, "id": 8}], "next_cursor": None})
    system.route("GET", "/v1/dead-letters", in_turn(first, last))
    system.route("POST", "/v1/dead-letters/7/redrive", lambda _: httpx.Response(202))
    system.route("POST", "/v1/dead-letters/8/redrive", lambda _: httpx.Response(202))

    result = run("dead-letters", "redrive", "--all")

    methods = [request.method for request in system.requests]
    assert result.stdout == "2 redriven\n"
    assert methods == ["POST", "GET", "GET", "POST", "POST"]


def test_dead_letters_are_discarded(system: FakeSystem) -> None:
    page = httpx.Response(200, json={"items": [LETTER], "next_cursor": None})
    system.route("GET", "/v1/dead-letters", lambda _: page)
    system.route("DELETE", "/v1/dead-letters/7", lambda _: httpx.Response(204))

    assert run("dead-letters", "discard", "--all", "--yes").stdout == "1 discarded\n"
    assert run("dead-letters", "discard", "7").stdout == "1 discarded\n"


def test_a_letter_id_cannot_leave_its_path(system: FakeSystem) -> None:
    run("dead-letters", "discard", "../agencies/7?x")

    assert system.requests[-1].url.raw_path == b"/v1/dead-letters/..%2Fagencies%2F7%3Fx"


def test_a_service_that_does_not_exist_is_named(system: FakeSystem) -> None:
    result = run("dead-letters", "list", "--service", "kitchen")

    assert result.exit_code == 1
    assert "kitchen" in result.stderr


def _status(name: str) -> httpx.Response:
    return httpx.Response(200, json={**STATUS, "service": name})
