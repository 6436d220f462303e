"""Journey stores what Percorso itself says, beside what agencies say."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from asyncpg import Pool, Record
from msgspec import structs

from percorso.chassis.postgres import transaction
from percorso.events.kafka.codec import encode
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import NOTIFICATIONS, SUGGESTIONS, Topic
from percorso.journey.timelines import store
from tests.support import goldens, systems
from tests.support.databases import Database
from tests.support.waiting import until

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"
NOBODY = "http://127.0.0.1:1"  # whose keys are never asked for, since no route needs a caller here


@pytest.mark.parametrize(
    ("topic", "name"),
    [
        (SUGGESTIONS, "eu.percorso.suggestion.made.v1"),
        (NOTIFICATIONS, "eu.percorso.notification.sent.v1"),
    ],
)
async def test_what_percorso_says_stands_in_the_timeline_once_with_its_trace(
    tmp_path: Path, journey_database: Database, kafka_address: str, topic: Topic, name: str
) -> None:
    event = structs.replace(goldens.event(name, datetime.now(UTC)), subject=uuid4())
    serving = systems.journey_running(tmp_path, journey_database, kafka_address, keys=NOBODY)

    async with journey_database.pool() as pool, serving as journey:
        asking = httpx.AsyncClient(transport=httpx.ASGITransport(journey), base_url=NOBODY)
        publisher, stop = Publisher(kafka_address, topic), asyncio.Event()
        publishing = asyncio.create_task(publisher.run(stop))
        await until(lambda: _is_ready(publisher))
        await publisher.publish([encode(event, TRACEPARENT)] * 2)
        await until(lambda: _has_rows(pool, event.subject))
        await until(lambda: _is_level(asking))
        (row,) = await _rows(pool, event.subject)
        stop.set()
        await publishing

    assert (row["type"], row["agency"], row["trace_id"]) == (name, "percorso", UUID(TRACE_ID))


async def _is_ready(publisher: Publisher) -> bool:
    return await publisher.check() is None


async def _is_level(asking: httpx.AsyncClient) -> bool:
    status = (await asking.get("/status")).json()
    return bool(status["touchpoints"]) and status["lag"] == status["freshness_ms"] == 0


async def _has_rows(pool: Pool, subject: UUID) -> bool:
    return bool(await _rows(pool, subject))


async def _rows(pool: Pool, subject: UUID) -> list[Record]:
    async with transaction(pool) as connection:
        return await store.page(
            connection, subject, wanted=store.Selection(), order="asc", after=None, limit=10
        )
