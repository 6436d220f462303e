"""Stories of failure over the whole stack with two journey workers."""

import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.support.citizens import a_fiscal_code
from tests.support.stack import Json, Stack, an_event
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

PARTS = ["identity", "journey", "journey-2", "kafka", "postgres", "zipkin"]


@contextmanager
def frozen(process: psutil.Process) -> Iterator[None]:
    """Freeze a process with its children until the block ends."""
    family = [process, *process.children(recursive=True)]
    for member in family:
        member.suspend()
    # A thread that runs stops a moment after the signal, and may answer until then.
    eventually(lambda: all(map(_has_stopped, family)), every_s=0.02)
    try:
        yield
    finally:
        for member in family:
            with suppress(psutil.NoSuchProcess):
                member.resume()


def _has_stopped(process: psutil.Process) -> bool:
    tasks = Path(f"/proc/{process.pid}/task").glob("*/stat")
    return all(each.read_text().rpartition(") ")[2].startswith("T") for each in tasks)


def post_until_accepted(stack: Stack, events: list[Json]) -> None:
    """Send the same events with the same ids until all are accepted."""

    def accepted() -> bool:
        with suppress(httpx.TransportError):
            return stack.post(events, agency).status_code == 202
        return False

    agency = eventually(lambda: token(stack), within_s=60)
    eventually(accepted, within_s=60)


def token(stack: Stack) -> dict[str, str]:
    try:
        return stack.agency()
    except (httpx.TransportError, AssertionError):
        return {}


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_returns_and_nothing_is_lost_or_doubled(
    stack: Stack, citizen: str, part: str
) -> None:
    before, after = ([an_event(citizen) for _ in range(20)] for _ in range(2))
    post_until_accepted(stack, before)
    killed = stack.part(part)

    killed.kill()
    post_until_accepted(stack, after)

    eventually(lambda: runs_again(stack, part, killed.pid), within_s=60)
    eventually(stack.is_healthy, within_s=90)
    reader = stack.citizen(citizen)
    items = eventually(lambda: at_least(40, items_of(stack, reader)), within_s=60)
    assert sorted(item["id"] for item in items) == sorted(e["id"] for e in [*before, *after])


def at_least(count: int, items: list[Json]) -> list[Json]:
    return items if len(items) >= count else []


def runs_again(stack: Stack, part: str, old_pid: int) -> bool:
    with suppress(LookupError, psutil.Error):
        return stack.part(part).pid != old_pid
    return False


def test_while_kafka_is_frozen_the_door_says_so_in_time_and_timelines_stay_readable(
    stack: Stack, citizen: str
) -> None:
    post_until_accepted(stack, [an_event(citizen)])
    reader = stack.citizen(citizen)
    eventually(lambda: stack.timeline(reader)["items"])
    agency, answers, slowest = stack.agency(), [], 0.0

    with frozen(stack.part("kafka")):
        for _ in range(5):
            asked = time.monotonic()
            answers.append(stack.post(an_event(citizen), agency))
            slowest = max(slowest, time.monotonic() - asked)
        assert len(stack.timeline(reader)["items"]) == 1
        eventually(lambda: not stack.is_ready("identity"))
        eventually(lambda: stack.timeline(reader)["freshness_ms"] > 0)

    assert {answer.status_code for answer in answers} == {503}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert slowest < 2.5  # the contract's two seconds, and a busy machine's half


def test_while_postgresql_is_away_events_are_accepted_and_none_becomes_a_dead_letter(
    stack: Stack, citizen: str
) -> None:
    agency, events = stack.agency(), [an_event(citizen) for _ in range(30)]
    before = stack.status()["dead_letters"]

    with frozen(stack.part("postgres")):
        assert stack.post(events, agency).status_code == 202
        eventually(lambda: not stack.is_ready("journey"))

    reader = eventually(lambda: reader_of(stack, citizen), within_s=60)
    eventually(lambda: len(items_of(stack, reader)) == 30, within_s=60)
    assert stack.status()["dead_letters"] == before


def reader_of(stack: Stack, citizen: str) -> dict[str, str]:
    try:
        return stack.citizen(citizen)
    except (httpx.TransportError, AssertionError):
        return {}


def items_of(stack: Stack, reader: dict[str, str]) -> list[Json]:
    try:
        items: list[Json] = stack.timeline(reader, limit=200)["items"]
    except (httpx.TransportError, AssertionError):
        return []
    return items


def test_two_workers_share_the_partitions_and_a_frozen_one_that_wakes_doubles_nothing(
    stack: Stack, citizen: str
) -> None:
    citizens = [a_fiscal_code(random.Random()) for _ in range(24)]
    events = [an_event(each) for each in citizens]

    with frozen(stack.part("journey-2")):
        post_until_accepted(stack, events)
        # Its partitions move to the other worker when its session of 10 s has ended.
        eventually(lambda: all(own_items(stack, each) == 1 for each in citizens), within_s=60)
    again = [an_event(each) for each in citizens]
    post_until_accepted(stack, again)

    eventually(lambda: all(own_items(stack, each) == 2 for each in citizens), within_s=60)


def own_items(stack: Stack, citizen: str) -> int:
    return len(stack.timeline(stack.citizen(citizen))["items"])


def test_poison_in_the_topic_becomes_dead_letters_within_seconds(
    stack: Stack, citizen: str, tmp_path: Path
) -> None:
    before = stack.status()["dead_letters"]

    produce_poison(stack)
    asked = time.monotonic()
    post_until_accepted(stack, [an_event(citizen)])

    eventually(lambda: stack.status()["dead_letters"] == before + 4, within_s=10)
    eventually(lambda: own_items(stack, citizen) == 1, within_s=10)
    assert time.monotonic() - asked < 10  # 5 s, and as much again for a busy machine
    assert {letter["reason"] for letter in letters(stack)} >= {
        "wrong_key", "null_value", "too_large", "unknown_version",
    }  # fmt: skip


def produce_poison(stack: Stack) -> None:
    """Produce straight into the topic what the door never would."""
    import asyncio  # noqa: PLC0415 - only here

    from aiokafka import AIOKafkaProducer  # noqa: PLC0415

    key = b"5f0c6a52-6b8e-8d3a-9f00-5b1f3f7c1d11"
    poison = [
        (b"\xff\xfenot a key", b"\x00\x01random", []),
        (key, None, []),
        (key, b"x" * 1_000_000, []),
        (key, b'{"channel":"02"}', [("ce_specversion", b"9.9")]),
    ]

    async def produce() -> None:
        async with AIOKafkaProducer(bootstrap_servers=stack.run["kafka"]) as producer:
            for number, (record_key, value, headers) in enumerate(poison):
                await producer.send_and_wait(
                    "percorso.touchpoints.v1", value, record_key, partition=number, headers=headers
                )

    asyncio.run(produce())


def letters(stack: Stack) -> list[Json]:
    answer = stack.http.get(
        f"{stack.url('journey')}/v1/dead-letters?limit=200", headers=stack.operations()
    )
    items: list[Json] = answer.json()["items"]
    return items


def test_dead_letters_are_shown_redriven_and_discarded_by_the_command(stack: Stack) -> None:
    before = stack.status()["dead_letters"]
    produce_poison(stack)
    eventually(lambda: stack.status()["dead_letters"] == before + 4)
    number = str(letters(stack)[0]["id"])
    count = stack.status()["dead_letters"]

    assert number in percorso(stack, "dead-letters", "list").stdout
    assert percorso(stack, "dead-letters", "show", number).returncode == 0
    assert percorso(stack, "dead-letters", "redrive", number).returncode == 1
    assert percorso(stack, "dead-letters", "discard", number, "--yes").returncode == 0

    assert stack.status()["dead_letters"] == count - 1


def percorso(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [".venv/bin/percorso", *arguments],
        env={"PERCORSO_HOME": str(stack.home), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_dead_letters_are_for_operations_only(stack: Stack, citizen: str) -> None:
    desk = stack.token(caller="operator", agency="c_a182", role="desk", purpose="t", case="1")
    for caller in (desk, stack.agency(), stack.citizen(citizen), {}):
        for method, path in (("GET", ""), ("GET", "/1"), ("POST", "/1/redrive"), ("DELETE", "/1")):
            url = f"{stack.url('journey')}/v1/dead-letters{path}"
            answer = stack.http.request(method, url, headers=caller)
            assert answer.status_code == (403 if caller else 401)
