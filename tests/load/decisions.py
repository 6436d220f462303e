"""decisions: about how many citizens insights decides in a second, and how soon an event is a suggestion.

In this process, on the stack's PostgreSQL: events are handed over as batches of Kafka's are, and
what is decided is not published.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import uvloop
from asyncpg import Connection, Pool
from msgspec import structs
from pydantic import SecretStr

from percorso.chassis.clock import SystemClock
from percorso.chassis.consumption import offsets
from percorso.chassis.postgres import open_pool, transaction
from percorso.chassis.settings import PostgresSettings
from percorso.citizens.consents import store as consents_store
from percorso.events.envelope import CloudEvent
from percorso.events.topics import IDENTITY, TOUCHPOINTS
from percorso.insights.decisions.decider import Decider
from percorso.insights.decisions.making import Changes
from percorso.insights.decisions.reviewing import SETTLED
from percorso.insights.rules import Ruleset
from tests.load.results import Budget, Figure, Spread, percentile
from tests.load.system import System
from tests.support import insights
from tests.support.decisions import BOUNDS, NOW, a_birth, a_consent, an_event
from tests.support.insights import Insights
from tests.support.rules import shipped
from tests.support.waiting import until

CITIZENS = 10_000
BATCH = 1_000  # as many events as a subscriber hands over at once
PER_S, SECONDS = 100, 10.0
LAST_S = 30.0
PARTITION = 1_000  # none of the topic's: what the service has consumed stays as it is
MS = 1e3


@dataclass
class Bench:
    """Insights on the stack's database, and when each subject's suggestion was committed."""

    system: Insights
    faults: list[str] = field(default_factory=list)
    proposed: list[UUID] = field(default_factory=list)
    seen: dict[UUID, float] = field(default_factory=dict)

    async def suggest(self, connection: Connection, ruleset: Ruleset, changes: Changes) -> None:
        """Make suggestions as the service does; note to whom."""
        await self.system.suggestions.suggest(connection, ruleset, changes)
        self.proposed += (each.proposal.subject for each in changes.made)

    def committed(self) -> None:
        """Note when what was proposed last was committed."""
        now = time.perf_counter()
        self.seen.update((subject, now) for subject in self.proposed)
        self.proposed.clear()


def figures(bench: System) -> list[Figure]:
    """Measure the rate on citizens who all wait, and the delay at a steady rate."""
    rounds = [
        uvloop.run(_measured(bench.stack.run["postgres"]["insights"])) for _ in range(bench.rounds)
    ]
    void = next((fault for _, _, faults in rounds for fault in faults), None)
    delays = [seconds for _, seconds, _ in rounds]
    return [
        Figure(
            "decisions",
            "a second",
            Spread.of([rate for rate, _, _ in rounds]),
            budget=Budget(2_000, at_least=True),
            void=void,
        ),
        *(
            Figure(
                f"decisions, event to suggestion at {PER_S}/s, {words}",
                "ms",
                Spread.of([percentile(seconds, part) * MS for seconds in delays]),
                budget=budget,
                void=void,
            )
            for words, part, budget in (("p50", 0.5, None), ("p99", 0.99, Budget(1_000, 50)))
        ),
    ]


async def _measured(url: str) -> tuple[float, list[float], list[str]]:
    settings = PostgresSettings(postgres=SecretStr(url))
    async with open_pool(settings, "bench") as pool, _opened(pool) as made:
        rate = await _decided(made)
        delays = await _delays(made)
        return rate, delays, made.faults


@asynccontextmanager
async def _opened(pool: Pool) -> AsyncIterator[Bench]:
    """Yield insights whose copy of links and consents is kept young."""
    made = Bench(insights.assembled(pool, SystemClock(), [shipped()], BOUNDS))
    system = made.system
    system.decider = Decider(
        pool,
        lambda: system.live[0],
        BOUNDS,
        made.suggest,
        committed=made.committed,
        clock=system.clock,
    )
    async with transaction(pool) as connection:
        begun = await offsets.stored(connection, TOUCHPOINTS.name, [PARTITION])
        await offsets.begin(connection, TOUCHPOINTS.name, {PARTITION: 0})
        await offsets.begin(connection, IDENTITY.name, dict.fromkeys(range(IDENTITY.partitions), 0))
        await connection.execute("DELETE FROM outbox")
    system.begin_at(TOUCHPOINTS, PARTITION, begun.get(PARTITION, 0))
    await system.decide()  # the set of rules goes live
    await asyncio.sleep(SETTLED.total_seconds())
    await system.decide()  # and looks again at what happened before
    freshening = asyncio.create_task(_freshened(system))
    try:
        yield made
    finally:
        freshening.cancel()


async def _freshened(system: Insights) -> None:
    while True:
        await asyncio.sleep(1)
        await system.freshen()


async def _decided(made: Bench) -> float:
    """Return about how many citizens is decided in a second; half of them may be told something."""
    subjects = [uuid4() for _ in range(CITIZENS)]
    await _allow(made.system.pool, subjects[::2])
    events = [event for subject in subjects for event in _life(subject)]
    for first in range(0, len(events), BATCH):
        await made.system.take(*events[first : first + BATCH], partition=PARTITION)
    began = time.perf_counter()
    await made.system.decide()
    took_s = time.perf_counter() - began
    await _check(made, subjects, proposed=len(subjects[::2]))
    return CITIZENS / took_s


async def _delays(made: Bench) -> list[float]:
    """Return how long each event took from when it was due to its suggestion's commit."""
    subjects = [uuid4() for _ in range(round(PER_S * SECONDS))]
    await _allow(made.system.pool, subjects)
    births = [_now(a_birth(str(uuid4()), subject=subject)) for subject in subjects]
    stop = asyncio.Event()
    deciding = asyncio.create_task(made.system.decider.run(stop))
    began = time.perf_counter()
    for number, birth in enumerate(births):
        await asyncio.sleep(max(0.0, began + number / PER_S - time.perf_counter()))
        await made.system.take(birth, partition=PARTITION)
        made.system.decider.wake()
    await until(lambda: made.seen.keys() >= set(subjects), within_s=LAST_S)
    stop.set()
    await deciding
    await _check(made, subjects, proposed=len(subjects))
    return [made.seen[each] - (began + number / PER_S) for number, each in enumerate(subjects)]


def _life(subject: UUID) -> list[CloudEvent]:
    """Return what a citizen lived through lately: a birth, and what comes with it."""
    kinds = (
        an_event("desk.visited", "", days_ago=3, office="Stato civile", waited_s=600, service="x"),
        a_birth("", days_ago=2),
        an_event("document.issued", "", days_ago=2, document="atto-di-nascita"),
        an_event("application.submitted", "", days_ago=1, form="isee", service="isee"),
        an_event("page.viewed", "", days_ago=1, page="/"),
    )
    return [_now(structs.replace(each, id=str(uuid4()), subject=subject)) for each in kinds]


def _now(event: CloudEvent) -> CloudEvent:
    """Let an event of the tests' day be one of today's."""
    now = SystemClock().now()
    return structs.replace(event, time=event.time + (now - NOW), received_at=now)


async def _allow(pool: Pool, subjects: Sequence[UUID]) -> None:
    async with transaction(pool) as connection:
        for subject in subjects:
            await consents_store.apply(connection, a_consent(subject=subject))


async def _check(made: Bench, subjects: Sequence[UUID], *, proposed: int) -> None:
    """See that about each was decided, and each who may be told something was told it once."""
    system = made.system
    decided = await system.value(
        "SELECT count(DISTINCT subject) FROM decisions WHERE subject = ANY ($1::uuid[])", subjects
    )
    suggested = await system.value(
        "SELECT count(*) FROM suggestions WHERE subject = ANY ($1::uuid[])", subjects
    )
    published = await system.value(
        "SELECT count(*) FROM outbox WHERE key = ANY ($1::bytea[])",
        [str(subject).encode() for subject in subjects],
    )
    if (decided, suggested, published) != (len(subjects), proposed, proposed):
        made.faults.append(
            f"of {len(subjects)} citizens {decided} were decided about, {proposed} are due a "
            f"suggestion, {suggested} have one, {published} events are to be published"
        )
