"""Streams hear of touchpoints that another process commits."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress

from asyncpg import Pool
from msgspec import structs

from percorso.chassis.postgres import transaction
from percorso.citizens import store as citizens
from percorso.citizens.facts import LinkState
from percorso.journey.timelines import stream_api
from percorso.journey.timelines.facts import SUGGESTED
from percorso.journey.timelines.streams import Streams
from tests.support import timelines
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.events import a_subject, an_event
from tests.support.insights import a_link
from tests.support.suggestions import a_suggestion
from tests.support.waiting import until


async def test_each_new_touchpoint_is_told_once_and_copies_are_not(
    journey_database: Database,
) -> None:
    async with (
        journey_database.pool() as reading,
        journey_database.pool() as writing,
        AsyncExitStack() as stack,
    ):
        await timelines.begin(writing)
        streams = await stack.enter_async_context(listening(reading))
        with streams.opened([a_subject()]) as stream:
            first = [an_event(str(n), minutes=n) for n in range(200)]
            await timelines.apply(writing, a_batch(first))
            copies = [*first, an_event("new"), an_event("other", subject=a_subject(2))]
            await timelines.apply(writing, a_batch(copies, first=200))

            told = [await stream.next(5) for _ in range(201)]
            with suppress(TimeoutError):
                told.append(await stream.next(0.3))

        assert len(told) == len(set(told)) == 201
        assert {news.subject for news in told if news} == {a_subject()}


async def test_after_a_link_is_undone_nothing_is_told_of_the_other(
    journey_database: Database,
) -> None:
    link = a_link(a_subject(1), a_subject(2))
    async with journey_database.pool() as pool, AsyncExitStack() as stack:
        await timelines.begin(pool)
        await _keep(pool, link)
        streams = await stack.enter_async_context(listening(pool))
        told = stream_api.follow(pool, streams, [a_subject(1), a_subject(2)], a_subject(1))
        assert await anext(told) == stream_api.HEARTBEAT
        other, own = an_event("other", subject=a_subject(2)), an_event("own")
        await timelines.apply(pool, a_batch([other]))
        assert b'"other"' in await anext(told)

        await _keep(pool, structs.replace(link, version=2, is_live=False))
        again = structs.replace(other, id="again")
        tells = a_suggestion(told_of=[str(a_subject(1)), str(a_subject(2))])
        suggested = an_event("suggested", type=SUGGESTED, touchpoint=tells)
        await timelines.apply(pool, a_batch([again, suggested, own], first=1))

        assert b'"own"' in await asyncio.wait_for(anext(told), 10)
        await told.aclose()


@asynccontextmanager
async def listening(pool: Pool) -> AsyncIterator[Streams]:
    """Yield streams that hear of what is committed."""
    streams, stop = Streams(pool), asyncio.Event()
    running = asyncio.create_task(streams.run(stop))
    try:
        await until(lambda: _listens(pool))
        yield streams
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def _keep(pool: Pool, link: LinkState) -> None:
    async with transaction(pool) as connection:
        await citizens.apply(connection, link)


async def _listens(pool: Pool) -> bool:
    """Say whether another session of this database has begun to listen."""
    query = """
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND (query ILIKE 'LISTEN%' OR query = 'SELECT')
    """
    return bool(await pool.fetchval(query))
