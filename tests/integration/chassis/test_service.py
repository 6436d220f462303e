"""A process lives, dies and stops in order."""

import json
import os
import socket
import subprocess
import sys
import threading
import time

import httpx
import pytest

from percorso.local.ports import free_port
from tests.integration.chassis.processes import FAKE, started

MARK = "RSSMRA85T10A562S"
LAST = ["worker ended", "second closed", "first closed", "the service has stopped"]


def test_a_service_shows_its_state_and_stops_in_order() -> None:
    with started("steady") as service:
        url = service.ready_url()
        assert httpx.get(f"{url}/livez").json() == {"status": "alive"}
        assert httpx.get(f"{url}/readyz").json() == {
            "status": "ready",
            "checks": {"nothing": "ok"},
        }
        status = httpx.get(f"{url}/status")
        assert status.headers["content-type"] == "application/problem+json"
        assert status.json()["service"] == "journey"
        assert status.json()["touchpoints"] == 7
        assert "percorso_ready 1.0" in httpx.get(f"{url}/metrics").text
        assert "server" not in status.headers

        service.terminate()

        code, said = service.ended()
        assert code == 0
        assert said[-4:] == LAST


def test_a_second_signal_does_not_break_the_order() -> None:
    with started("steady") as service:
        service.ready_url()
        for _ in range(5):
            service.terminate()
            time.sleep(0.02)

        code, said = service.ended()

        assert code == 0
        assert said[-4:] == LAST


def test_a_request_in_hand_is_answered_before_the_end() -> None:
    answers: list[httpx.Response] = []
    with started("steady") as service:
        url = service.ready_url()
        client = threading.Thread(target=lambda: answers.append(httpx.get(f"{url}/slow")))
        client.start()
        service.wait_for("request began")

        service.terminate()
        client.join()

        assert answers[0].json() == "done"
        assert service.ended()[0] == 0


def test_open_streams_end_at_the_stop() -> None:
    with started("steady") as service:
        url = service.ready_url()
        with httpx.stream("GET", f"{url}/stream") as response:
            lines = response.iter_lines()
            assert next(lines) == "beat"
            service.terminate()
            assert list(lines)[-1] == "end"
        assert service.ended()[0] == 0


def test_a_stream_that_does_not_end_is_cut() -> None:
    with started("endless-stream") as service:
        url = service.ready_url()
        with httpx.stream("GET", f"{url}/stream") as response:
            next(response.iter_lines())
            begun = time.monotonic()
            service.terminate()
            code, said = service.ended()
        assert time.monotonic() - begun < 8
        assert code == 0
        assert said[-3:] == LAST[-3:]


@pytest.mark.parametrize(
    ("scenario", "code"), [("crash", 70), ("leave", 70), ("misconfigured", 78)]
)
def test_a_dead_worker_ends_the_process(scenario: str, code: int) -> None:
    with started(scenario) as service:
        assert service.ended()[0] == code
        assert service.lines[-1]["event"] == "the service has stopped"
        assert "second closed" in [line["event"] for line in service.lines]
        [death] = [line for line in service.lines if line.get("part") == "worker"]
        assert death["event"] == "a part of the process died"
        assert ("exception" in death) == (scenario != "leave")
        assert MARK not in json.dumps(service.lines)


@pytest.mark.parametrize(
    ("scenario", "code"), [("away-at-the-end", 0), ("broken-at-the-end", 70), ("broken-close", 0)]
)
def test_trouble_at_the_end_does_not_stop_the_stop(scenario: str, code: int) -> None:
    with started(scenario) as service:
        service.ready_url()
        service.terminate()

        assert service.ended()[0] == code
        events = [line["event"] for line in service.lines]
        assert events[-1] == "the service has stopped"
        assert "first closed" in events
        assert MARK not in json.dumps(service.lines)


@pytest.mark.parametrize("scenario", ["stubborn", "deaf", "stuck-close"])
def test_what_hangs_is_left_behind(scenario: str) -> None:
    with started(scenario, environment={"STOP_S": "3"}) as service:
        service.ready_url()
        begun = time.monotonic()
        service.terminate()

        assert service.ended()[0] == 0
        assert time.monotonic() - begun < 5


def test_what_is_away_at_the_opening_is_waited_for() -> None:
    with started("needs-patience") as service:
        service.ready_url()

        assert [line["event"] for line in service.lines].count(
            "waiting for what the service needs"
        ) == 3


def test_a_service_that_still_opens_can_be_stopped() -> None:
    with started("waits-for-ever") as service:
        service.wait_for("opening")
        service.terminate()

        assert service.ended() == (0, ["opening", "the service has stopped"])


@pytest.mark.parametrize(("scenario", "code"), [("cannot-open", 70), ("wrong-key", 78)])
def test_what_cannot_open_says_so(scenario: str, code: int) -> None:
    with started(scenario) as service:
        assert service.ended()[0] == code
        assert service.lines[0]["event"] == "the service cannot run"
        assert service.lines[0]["exception"]["frames"]
        assert MARK not in json.dumps(service.lines)


def test_half_a_service_still_shows_its_state() -> None:
    with started("steady", "serve", "--only", "worker") as service:
        url = service.ready_url()

        assert httpx.get(f"{url}/slow").status_code == 404
        assert httpx.get(f"{url}/openapi.json").status_code == 404
        assert httpx.get(f"{url}/status").json()["ready"] is True


def test_a_bug_is_logged_without_its_text() -> None:
    with started("steady", "serve", "--only", "http") as service:
        url = service.ready_url()

        assert httpx.get(f"{url}/bug").json()["status"] == 500
        line = service.wait_for("a request failed")
        assert line["exception"]["type"] == "builtins.KeyError"
        assert MARK not in json.dumps(line)


def test_a_taken_port_is_a_wrong_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {"PERCORSO_FAKE_PORT": str(taken.getsockname()[1])}
        result = run("steady", "serve", environment=environment)

    assert result.returncode == 78
    assert "PERCORSO_FAKE_HOST, PERCORSO_FAKE_PORT: cannot listen there" in result.stderr


def test_wrong_settings_are_listed() -> None:
    result = run("steady", "serve", environment={"PERCORSO_FAKE_PORT": "high"})

    assert result.returncode == 78
    assert "PERCORSO_FAKE_PORT: Should be an integer" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [[], ["dance"], ["migrate"], ["serve", "--only", "half"]])
def test_wrong_usage_is_2(arguments: list[str]) -> None:
    assert run("steady", *arguments).returncode == 2


def test_a_closed_stdout_does_not_disturb() -> None:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(FAKE), "steady", "serve"],
        stdout=subprocess.PIPE,
        env=environment_with({"PERCORSO_FAKE_PORT": str(port)}),
    )
    try:
        assert process.stdout is not None
        process.stdout.close()
        wait_until_alive(port)
        process.terminate()
        assert process.wait(15) == 0
    finally:
        process.kill()
        process.wait()


def wait_until_alive(port: int) -> None:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/livez")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("it never answered")


def environment_with(more: dict[str, str]) -> dict[str, str]:
    return {**os.environ, **more}


def run(
    *arguments: str, environment: dict[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, str(FAKE), *arguments],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
        env=environment_with(environment or {}),
    )
