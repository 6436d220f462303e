"""Reads by operators while parts die: as many entries as there were answers; READS=10000 takes more."""

import asyncio
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import psycopg
import pytest

from tests.support.stack import Json, Stack, an_event
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

READS = int(os.environ.get("READS", "2000"))
CASES, AT_ONCE = 50, 8
KILLED = ("journey", "kafka", "identity", "postgres")  # in this order, while reads go on
PAUSE_S = 0.1  # before a read that got no answer is asked for anew


@dataclass
class Reads:
    """What became of reads, by case."""

    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)


def test_as_many_entries_as_answers_while_parts_die(stack: Stack, citizen: str) -> None:
    reader = stack.citizen(citizen)
    assert stack.post(an_event(citizen), stack.agency()).status_code == 202
    eventually(lambda: stack.timeline(reader)["items"])
    desks = {case: desk(stack, case) for case in (f"C-{n}" for n in range(CASES))}
    subject = found(stack, citizen, desks["C-0"])

    reads = asyncio.run(read_while_parts_die(stack, subject, desks))

    assert reads.answered.total() == READS
    eventually(lambda: is_level(stack), within_s=90)
    noted = entries(stack, reader)
    assert len({entry["id"] for entry in noted}) == len(noted)
    by_case = Counter(entry["reference"] for entry in noted if entry["action"] == "timeline-read")
    untouched = [case for case in desks if not reads.failed[case]]
    print(f"\n{by_case.total()} entries, {reads.failed.total()} reads without an answer")
    assert {case: by_case[case] for case in untouched} == {
        case: reads.answered[case] for case in untouched
    }
    for case in desks:  # of a read without an answer nobody knows whether it was committed
        answered, failed = reads.answered[case], reads.failed[case]
        assert answered <= by_case[case] <= answered + failed
    assert untouched
    assert reads.failed


def desk(stack: Stack, case: str) -> Mapping[str, str]:
    """Return an operator at a desk, for one case."""
    return stack.token(caller="operator", agency="c_a182", role="desk", purpose="test", case=case)


def found(stack: Stack, fiscal_code: str, by: Mapping[str, str]) -> str:
    """Look a citizen's subject up."""
    identifier = {"scheme": "cf", "value": fiscal_code}
    answer = stack.http.post(f"{stack.url('identity')}/v1/lookups", json=identifier, headers=by)
    subject: str = answer.json()["subject"]
    return subject


async def read_while_parts_die(
    stack: Stack, subject: str, desks: Mapping[str, Mapping[str, str]]
) -> Reads:
    """Read until there are enough answers; each part is killed once, after a fifth of them."""
    reads, killed = Reads(), list(KILLED)
    url = f"{stack.url('journey')}/v1/timelines/{subject}"
    left = [case for case in desks for _ in range(READS // CASES)]

    async def work(client: httpx.AsyncClient) -> None:
        while left:
            case = left.pop()
            if not await is_answered(client, url, desks[case]):
                reads.failed[case] += 1
                left.append(case)
                await asyncio.sleep(PAUSE_S)
                continue
            reads.answered[case] += 1
            kill_if_due(stack, reads.answered.total(), killed)

    async with httpx.AsyncClient(timeout=10) as client:
        await asyncio.gather(*(work(client) for _ in range(AT_ONCE)))
    assert not killed
    return reads


async def is_answered(client: httpx.AsyncClient, url: str, by: Mapping[str, str]) -> bool:
    """Read a page; whether it came."""
    try:
        answer = await client.get(url, headers=dict(by))
    except httpx.TransportError:
        return False
    assert answer.status_code in {200, 503}
    assert answer.status_code == 503 or answer.json()["items"]
    return answer.status_code == 200


def kill_if_due(stack: Stack, answered: int, killed: list[str]) -> None:
    """Kill the next part once another fifth of the reads is answered."""
    if killed and answered >= READS * (len(KILLED) - len(killed) + 1) // (len(KILLED) + 1):
        stack.part(killed.pop(0)).kill()


def is_level(stack: Stack) -> bool:
    """Say whether identity has kept all that was said, and journey has nothing more to say."""
    if not all(stack.is_ready(each) for each in ("identity", "journey")):
        return False
    status = stack.status("identity")
    return (status.get("lag"), status.get("freshness_ms")) == (0, 0) and not unsaid(stack)


def unsaid(stack: Stack) -> int:
    """Count what journey has still to publish."""
    with psycopg.connect(stack.run["postgres"]["journey"]) as connection:
        row = connection.execute("SELECT count(*) FROM outbox").fetchone()
    return int(row[0]) if row else 0


def entries(stack: Stack, reader: Mapping[str, str]) -> list[Json]:
    """Return a citizen's whole access log, page by page."""
    noted: list[Json] = []
    query: dict[str, str | int] = {"limit": 200}
    while True:
        answer = stack.http.get(
            f"{stack.url('identity')}/v1/access-log/me", params=query, headers=dict(reader)
        )
        page = answer.json()
        noted += page["items"]
        if page["next_cursor"] is None:
            return noted
        query["cursor"] = page["next_cursor"]
