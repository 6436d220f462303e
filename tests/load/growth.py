"""Growth: what an insert and a page cost with no, a million and ten million rows stored."""

import asyncio
import time
from datetime import UTC, datetime

import uvloop

from percorso.chassis.postgres import transaction
from percorso.journey.timelines import store
from percorso.journey.timelines.facts import Touchpoint
from tests.load import pages, rows
from tests.load.results import Budget, Figure, Spread, percentile
from tests.load.system import System
from tests.support import databases

MILLION = 1_000_000
BATCHES, BATCH = 20, 1_000
SECONDS = 3.0
MS = 1e3


def figures(bench: System) -> list[Figure]:
    """Fill a database step by step; at each measure inserts and pages."""
    admin = bench.admin_url()
    database = databases.copy(admin, "journey", databases.template(admin, "journey"))
    insert: dict[int, Spread] = {}
    page: dict[int, Spread] = {}
    stored = 0
    for millions in bench.growth:
        wanted = millions * MILLION
        if wanted > stored:
            many = [pages.numbered(number) for number in range(stored // 100, wanted // 100)]
            asyncio.run(rows.fill(database.admin, wanted - stored, many))
            stored = wanted
        insert[millions] = uvloop.run(_inserted(database.application, bench.rounds))
        if stored:
            page[millions] = uvloop.run(_read(database.application, stored // 100, bench.rounds))
    return [*_inserts(insert), *_pages(page)]


def _inserts(cost: dict[int, Spread]) -> list[Figure]:
    return [
        Figure(
            f"growth, insert at {millions} M rows",
            "x empty",
            Spread.of([each / cost[0].median for each in _range(spread)]),
            {"us a row": spread, "us a row, empty": cost[0]},
            Budget(1.3, 1.1),
        )
        for millions, spread in cost.items()
        if millions
    ]


def _pages(cost: dict[int, Spread]) -> list[Figure]:
    return [
        Figure(
            f"growth, p99 of a page at {millions} M rows",
            "x at 1 M",
            Spread.of([each / cost[1].median for each in _range(spread)]),
            {"ms": spread, "ms at 1 M": cost[1]},
            Budget(2.0),
        )
        for millions, spread in cost.items()
        if millions > 1
    ]


def _range(spread: Spread) -> list[float]:
    return [spread.low, spread.median, spread.high]


async def _inserted(url: str, rounds: int) -> Spread:
    """Insert batches of this week's touchpoints; return microseconds a row."""
    taken = []
    for seed in range(rounds):
        batches = _batches(seed)
        async with pages.opened(url) as pool:
            async with transaction(pool) as connection:
                await store.make_partitions(connection, datetime.now(UTC))
            begun = time.perf_counter()
            for batch in batches:
                async with transaction(pool) as connection:
                    await store.record(connection, batch)
            taken.append((time.perf_counter() - begun) / (BATCHES * BATCH) * 1e6)
    return Spread.of(taken)


def _batches(seed: int) -> list[list[Touchpoint]]:
    subjects = [pages.numbered(number) for number in range(2_000)]
    made = [
        Touchpoint(*row) for row in rows.rows(time.time_ns() + seed, BATCHES * BATCH, subjects, 7)
    ]
    return [made[at : at + BATCH] for at in range(0, len(made), BATCH)]


async def _read(url: str, subjects: int, rounds: int) -> Spread:
    """Return the 99th percentile of a page in milliseconds."""
    taken = []
    for _ in range(rounds):
        async with pages.connected(url) as connection:
            seconds = await pages.first_pages(connection, subjects, SECONDS)
        taken.append(percentile(seconds, 0.99) * MS)
    return Spread.of(taken)
