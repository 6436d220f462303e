"""The whole stack keeps itself running, and leaves nothing behind."""

import shutil
import stat
import urllib.request
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from percorso.local import supervision
from percorso.local.home import Home
from tests.integration.local.support import (
    RETURN_TIMEOUT_S,
    RunningStack,
    is_gone,
    running,
    until,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]

PARTS = {
    "postgres": "bin/postgres",
    "kafka": "kafka.Kafka",
    "zipkin": "zipkin-server",
    "mail": "percorso.city.mail",
    "provider": "percorso.city.provider",
    "identity": "percorso.identity",
    "journey": "percorso.journey serve --only worker",
    "supervisor": "supervisor.supervisord",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("a folder; #1, with everything%")
    with running(folder, PERCORSO_JOURNEY_WORKERS="2") as started:
        started.wait_until_ready()
        yield started


@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_killed_comes_back(stack: RunningStack, part: str) -> None:
    killed = stack.part(PARTS[part])

    killed.kill()

    until(lambda: stack.has_again(PARTS[part], killed), RETURN_TIMEOUT_S)


def test_postgres_comes_back_however_often_it_is_killed(stack: RunningStack) -> None:
    for _ in range(6):
        killed = stack.part("bin/postgres")
        killed.kill()
        until(partial(stack.has_again, "bin/postgres", killed), RETURN_TIMEOUT_S)


def test_everything_listens_on_loopback_only(stack: RunningStack) -> None:
    # Parts that another test of this file killed may still be on their way back.
    until(lambda: stack.ports() <= stack.listening().keys(), RETURN_TIMEOUT_S * 3)

    assert set(stack.listening().values()) == {"127.0.0.1"}


def test_the_run_file_is_private_and_names_the_foreground_process(stack: RunningStack) -> None:
    document = stack.wait_until_ready()

    assert document["pid"] == stack.process.pid
    assert stat.S_IMODE((stack.home / "run.json").stat().st_mode) == 0o600


def test_the_trace_page_answers(stack: RunningStack) -> None:
    traces = stack.wait_until_ready()["traces"]

    until(lambda: _answers(f"{traces}/zipkin/"), RETURN_TIMEOUT_S * 2)


def test_a_second_run_in_the_same_home_says_so(stack: RunningStack) -> None:
    second = RunningStack(stack.home.parent, {})

    assert second.process.wait(20) == 1
    assert second.said().count("\n") == 1
    assert "runs already" in second.said()
    stack.output.write_text("", encoding="utf-8")


def test_stop_ends_everything_in_order(tmp_path: Path) -> None:
    with running(tmp_path) as stack:
        stack.wait_until_ready()
        family = stack.family()

        assert stack.stop() == 0

        assert is_gone(family)
        assert not (stack.home / "run.json").exists()
        ended = (stack.home / "logs" / "postgres.log").read_text(encoding="utf-8")
        assert "database system is shut down" in ended


def test_nothing_is_left_when_the_foreground_process_is_killed(tmp_path: Path) -> None:
    with running(tmp_path) as stack:
        stack.wait_until_ready()
        family = stack.family()

        stack.process.kill()

        until(lambda: is_gone(family), 5)
        shutil.rmtree(supervision.socket_path(Home(stack.home)).parent)


def test_stop_before_it_is_ready_leaves_nothing(tmp_path: Path) -> None:
    with running(tmp_path) as stack:
        until(lambda: stack.has("kafka.Kafka"), 30)
        family = stack.family()

        assert stack.stop() == 0
        assert is_gone(family)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:  # noqa: S310 - our own page
            return bool(response.status == 200)
    except OSError:
        return False
