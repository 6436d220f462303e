"""Growth: what an insert and a page cost with no, a million and ten million rows stored."""

import asyncio
import time
from collections.abc import Mapping
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
    return [
        *_grown("insert", "us a row", insert, 0, Budget(1.3, 1.1)),
        *_grown("p99 of a page", "ms", page, 1, Budget(2.0)),
    ]


def _grown(
    words: str, unit: str, cost: Mapping[int, Spread], base: int, budget: Budget
) -> list[Figure]:
    """Divide each cost, by millions of rows, by that at `base`."""
    return [
        Figure(
            f"growth, {words} at {millions} M rows",
            f"x at {base} M",
            Spread.of([each / cost[base].median for each in _range(spread)]),
            {unit: spread, f"{unit}, at {base} M": cost[base]},
            budget,
        )
        for millions, spread in cost.items()
        if millions > base
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
