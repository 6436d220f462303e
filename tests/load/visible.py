"""e2e.visible: from when a POST is due until its touchpoint can be read, at a steady rate."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple
from uuid import UUID

import asyncpg
import uvloop

from percorso.events.ids import event_key
from percorso.journey.timelines import news
from tests.load import bodies, http
from tests.load.results import Budget, Figure, Spread, percentile
from tests.load.system import Server, System
from tests.support import stack
from tests.support.waiting import until

SECONDS = 10.0
RATES = (50, 500)
CITIZENS = 1_000
CONNECTIONS = 32
# What an agency sends of its history meanwhile, a hundred events a request: a tenth of what the
# door was seen to bear.
IMPORT_PER_S = 2_000
LAST_S = 10.0
SLACK = 1.2
MS = 1e3


class Sent(NamedTuple):
    """A request and the identity of its event."""

    request: bytes
    key: UUID


def figures(bench: System) -> list[Figure]:
    """Measure at both rates, on an idle system and beside an import."""
    made = []
    with bench.identity() as door, bench.journey():
        bench.catch_up()
        for is_importing in (False, True):
            for per_s in RATES:
                rounds = [
                    uvloop.run(_measured(bench, door, per_s, is_importing=is_importing))
                    for _ in range(bench.rounds)
                ]
                made += _figures(rounds, per_s, is_importing=is_importing)
    return made


def _figures(
    rounds: Sequence[tuple[list[float], str | None]], per_s: int, *, is_importing: bool
) -> list[Figure]:
    name = f"e2e.visible at {per_s}/s" + (", during an import" if is_importing else "")
    void = next((fault for _, fault in rounds if fault), None)
    return [
        Figure(
            f"{name}, {words}",
            "ms",
            Spread.of([percentile(seconds, part) * MS for seconds, _ in rounds]),
            budget=budget,
            void=void,
        )
        for words, part, budget in (("p50", 0.5, Budget(15, 8)), ("p99", 0.99, Budget(50, 25)))
    ]


async def _measured(
    bench: System, door: Server, per_s: int, *, is_importing: bool
) -> tuple[list[float], str | None]:
    """Return how long each event took to be readable, and what was missing."""
    sent = _requests(bench, door, round(per_s * SECONDS))
    seen: dict[UUID, float] = {}
    faults: list[str] = []
    async with AsyncExitStack() as resources:
        await resources.enter_async_context(_listening(bench, {each.key for each in sent}, seen))
        if is_importing:
            await resources.enter_async_context(_importing(bench, door, faults))
        made = await resources.enter_async_context(http.connected(door.url, CONNECTIONS))
        answers = await http.open_loop(made, [each.request for each in sent], per_s=per_s)
        with suppress(AssertionError):  # what was not seen makes the figure void
            await until(lambda: len(seen) == len(sent), within_s=LAST_S)
    seconds = [
        seen[each.key] - (answers.began + number / per_s)
        for number, each in enumerate(sent)
        if each.key in seen
    ]
    if not len(seconds) == len(sent) == answers.statuses[202]:
        faults.append(f"{len(sent)} sent, {answers.statuses[202]} accepted, {len(seconds)} seen")
    return seconds, "; ".join(faults) or None


def _requests(bench: System, door: Server, count: int) -> list[Sent]:
    headers = {"Content-Type": bodies.SINGLE, **bench.agency_headers("c_a182")}
    events = [stack.an_event("") for _ in range(count)]
    for number, event in enumerate(events):
        value = f"citizen{number % CITIZENS}@percorso.example"
        event["data"]["citizen"] = {"scheme": "email", "value": value}
    return [
        Sent(
            http.post(f"{door.url}/v1/events", headers, json.dumps(event).encode()),
            event_key(event["source"], event["id"]),
        )
        for event in events
    ]


@asynccontextmanager
async def _listening(
    bench: System, wanted: set[UUID], seen: dict[UUID, float]
) -> AsyncIterator[None]:
    """Note when each wanted touchpoint was committed, by the store's own news of it."""

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        now = time.perf_counter()
        for each in news.read(str(payload)):
            key = each.place[2]
            if key in wanted:
                seen.setdefault(key, now)

    connection = await asyncpg.connect(bench.stack.run["postgres"]["journey"])
    try:
        await connection.add_listener(news.CHANNEL, hear)
        yield
    finally:
        await connection.close()


@asynccontextmanager
async def _importing(bench: System, door: Server, faults: list[str]) -> AsyncIterator[None]:
    """Send a history beside what is measured; it must arrive whole and at its rate."""
    per_s = IMPORT_PER_S / bodies.BATCH
    sendings = bodies.sendings(time.time_ns(), round(IMPORT_PER_S * (SECONDS + 1)))
    requests = bodies.arrays(door.url, bench.agency_headers, sendings)
    async with http.connected(door.url, 4) as made:
        importing = asyncio.create_task(http.open_loop(made, requests, per_s=per_s))
        try:
            await asyncio.sleep(0.5)
            yield
        finally:
            answers = await importing
            if answers.accepted != len(sendings) or answers.took_s > SLACK * len(requests) / per_s:
                faults.append(f"the import had {answers.accepted} events in {answers.took_s:.1f} s")
