"""Rows of touchpoints made without events: what COPY can do, and a history to read pages from."""

import asyncio
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from uuid import UUID, uuid4

import asyncpg

COPY_ROWS = 1_000
FILL_ROWS = 500_000
YEAR_DAYS = 365
COLUMNS = (
    "subject", "occurred_at", "sequence", "event_key", "received_at", "source", "id", "type",
    "agency", "channel", "service", "matter", "outcome", "trace_id", "touchpoint",
)  # fmt: skip
SOURCE = "bench:rows"  # no agency's prefix, so that the rows of events can be told apart
# As long as the city's are on average.
PAYLOAD = (
    '{"channel":"01.1.1","service":"cambio-residenza","matter":"AN/2026/12345",'
    '"protocol":"2026/44871","details":{"desk":"3","ticket":"A042"}}'
)

Row = tuple[Any, ...]

# `number` stands in the subquery so that it is made anew for each row.
_FILL = f"""
INSERT INTO touchpoints ({", ".join(COLUMNS)})
SELECT ($3::uuid[])[1 + number % cardinality($3)], at, 0, key, at, '{SOURCE}', key::text,
       'eu.percorso.application.received.v1', 'c_a182', '01.1.1', 'cambio-residenza',
       'AN/2026/12345', NULL, key, $5
FROM generate_series($1::bigint, $2::bigint) AS number,
LATERAL (SELECT gen_random_uuid() AS key, now() - number * interval '0 s'
                - random() * $4::integer * interval '1 day' AS at) AS made
"""  # noqa: S608 - our own constants


def rows(seed: int, count: int, subjects: Sequence[UUID], days: int) -> Iterator[Row]:
    """Yield touchpoints of these subjects in turn, at any time of the last days."""
    chance, now = random.Random(seed), datetime.now(UTC)
    for number in range(count):
        at = now - timedelta(seconds=chance.uniform(0, days * 86_400))
        key = UUID(int=chance.getrandbits(128))
        yield (
            subjects[number % len(subjects)], at, 0, key, at, SOURCE, str(key),
            "eu.percorso.application.received.v1", "c_a182", "01.1.1", "cambio-residenza",
            "AN/2026/12345", None, key, PAYLOAD,
        )  # fmt: skip


def copied_per_s(admin_url: str, count: int) -> float:
    """Return how many rows a second COPY writes into the table of touchpoints, 1,000 a call.

    On one connection; the rows are of two years, like the events of a catch-up, and are removed.
    """
    return asyncio.run(_copied_per_s(admin_url, count))


async def _copied_per_s(admin_url: str, count: int) -> float:
    connection = await asyncpg.connect(admin_url)
    subjects = [uuid4() for _ in range(2_000)]
    batches = _batches(rows(1, count, subjects, 2 * YEAR_DAYS), COPY_ROWS)
    try:
        began = time.perf_counter()
        for batch in batches:
            await _copy(connection, batch)
        return count / (time.perf_counter() - began)
    finally:
        await connection.execute("DELETE FROM touchpoints WHERE source = $1", SOURCE)
        await connection.execute("VACUUM touchpoints")
        await connection.close()


async def fill(admin_url: str, count: int, subjects: Sequence[UUID], *, years: int = 10) -> None:
    """Add a history of so many rows like those of `rows`, and let the planner know.

    The server makes them: 10 million by COPY would take the bench a quarter of an hour. What it
    has to write for that is written before this returns, and not while something is measured.
    """
    connection = await asyncpg.connect(admin_url)
    try:
        for first in range(0, count, FILL_ROWS):
            last = min(first + FILL_ROWS, count) - 1
            await connection.execute(_FILL, first, last, subjects, years * YEAR_DAYS, PAYLOAD)
        await connection.execute("VACUUM ANALYZE touchpoints")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _copy(connection: asyncpg.Connection, batch: Sequence[Row]) -> None:
    await connection.copy_records_to_table("touchpoints", records=batch, columns=COLUMNS)


def _batches(given: Iterator[Row], size: int) -> list[list[Row]]:
    return list(iter(lambda: list(islice(given, size)), []))
