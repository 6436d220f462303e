"""ingest.overload: three times what the door bears for half a minute, and how it comes back."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice

import uvloop

from tests.load import bodies, http, processes, topic
from tests.load.results import Figure, Spread, percentile
from tests.load.system import Server, System

EVENTS = 20_000
SECONDS = 30.0
TIMES = 3
CONNECTIONS = 400  # twice what fills the publisher's queue of 20,000 events
USUAL_CONNECTIONS = 16
RECOVERED_S = 0.05  # an answer as fast as on a quiet door
IN_A_ROW = 10
LAST_S = 60.0
MS = 1e3


def figures(bench: System) -> list[Figure]:
    """Find what it bears, send three times that, and wait until answers are fast again."""
    sendings = bodies.sendings(21, EVENTS)
    with bench.identity() as door:
        requests = bodies.arrays(door.url, bench.agency_headers, sendings)
        single = bodies.singles(door.url, bench.agency_headers, sendings[:1])
        usual = http.closed_loop(door.url, requests * 2, connections=USUAL_CONNECTIONS)
        borne = usual.accepted / usual.took_s
        before, memory = topic.size(bench.stack.run["kafka"]), list[float]()
        with _watched(door, memory):
            answers = uvloop.run(_flooded(door, requests, borne))
        recovered_s = uvloop.run(_recovered(door, single[0]))
        stored = topic.size(bench.stack.run["kafka"]) - before
    return [
        Figure(
            "ingest.overload, accepted meanwhile",
            "of what it bears",
            _one(answers.accepted / answers.took_s / borne),
            {
                "borne, events/s": _one(borne),
                "refused with 429 or 503, of requests": _one(_refused(answers)),
                "offered, of what it bears": _one(_offered(answers) / borne),
                "slowest answer, ms": _one(max(answers.asked) * MS),
                "answers' p99, ms": _one(percentile(answers.asked, 0.99) * MS),
                "most memory, MiB": _one(max(memory)),
                "recovered after, s": _one(recovered_s),
            },
            void=_fault(answers, stored, recovered_s),
        )
    ]


def _one(value: float) -> Spread:
    return Spread.of([value])


def _refused(answers: http.Answers) -> float:
    return (answers.statuses[429] + answers.statuses[503]) / answers.statuses.total()


def _offered(answers: http.Answers) -> float:
    return answers.statuses.total() * bodies.BATCH / answers.took_s


def _fault(answers: http.Answers, stored: int, recovered_s: float) -> str | None:
    """Say what broke the promise: other answers than these, or an accepted event that is missing.

    Of what was refused after its deadline some may be stored; the sender sends it again.
    """
    if others := set(answers.statuses) - {202, 429, 503}:
        return f"answers of {sorted(others)}"
    if answers.lost:
        return f"{answers.lost} requests were never answered"
    if recovered_s > LAST_S:
        return f"answers are slow {LAST_S:g} s later"
    if stored < answers.accepted:
        return f"{answers.accepted} accepted, {stored} stored"
    return None


async def _flooded(door: Server, requests: list[bytes], borne: float) -> http.Answers:
    per_s = TIMES * borne / bodies.BATCH
    flood = islice(cycle(requests), round(per_s * SECONDS))
    async with http.connected(door.url, CONNECTIONS) as made:
        return await http.open_loop(made, flood, per_s=per_s)


async def _recovered(door: Server, request: bytes) -> float:
    """Return after how long answers are fast, several in a row."""
    begun, fast = time.monotonic(), 0
    async with http.connected(door.url, 1) as (connection,):
        while fast < IN_A_ROW and time.monotonic() - begun < LAST_S:
            asked_at = time.monotonic()
            answer = await connection.ask(request)
            is_fast = answer.status == 202 and time.monotonic() - asked_at < RECOVERED_S
            fast = fast + 1 if is_fast else 0
            await asyncio.sleep(0.01)
    return time.monotonic() - begun


@contextmanager
def _watched(server: Server, memory: list[float]) -> Iterator[None]:
    """Look at a server's memory twice a second."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.5):
            memory.append(processes.resident_mib(server.process))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()
