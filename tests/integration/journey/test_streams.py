"""Streams hear of touchpoints that another process commits."""

import asyncio
from contextlib import suppress

from asyncpg import Pool

from percorso.journey.timelines.streams import Streams
from tests.support import timelines
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.events import a_subject, an_event
from tests.support.waiting import until


async def test_each_new_touchpoint_is_told_once_and_copies_are_not(
    journey_database: Database,
) -> None:
    async with journey_database.pool() as reading, journey_database.pool() as writing:
        await timelines.begin(writing)
        streams, stop = Streams(reading), asyncio.Event()
        listening = asyncio.create_task(streams.run(stop))
        with streams.opened([a_subject()]) as stream:
            await until(lambda: _listens(reading))
            first = [an_event(str(n), minutes=n) for n in range(200)]
            await timelines.apply(writing, a_batch(first))
            copies = [*first, an_event("new"), an_event("other", subject=a_subject(2))]
            await timelines.apply(writing, a_batch(copies, first=200))

            told = [await stream.next(5) for _ in range(201)]
            with suppress(TimeoutError):
                told.append(await stream.next(0.3))

        assert len(told) == len(set(told)) == 201
        assert {news.subject for news in told if news} == {a_subject()}
        stop.set()
        await asyncio.wait_for(listening, 10)


async def _listens(pool: Pool) -> bool:
    """Say whether another session of this database has begun to listen."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND (query ILIKE 'LISTEN%' OR query = 'SELECT')
    """
    return bool(await pool.fetchval(query))
