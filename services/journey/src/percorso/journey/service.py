"""The composition root of the journey service: the one file that knows all its parts."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import postgres, problems
from percorso.chassis.clock import SystemClock
from percorso.chassis.consumption import api as dead_letters_api
from percorso.chassis.consumption import consumer, offsets
from percorso.chassis.consumption.applying import Consumption
from percorso.chassis.openapi import operation_id
from percorso.chassis.outbox.relay import Relay
from percorso.chassis.schema import head
from percorso.chassis.service import Only, Parts
from percorso.chassis.settings import KafkaSettings, Misconfigured
from percorso.chassis.tokens import Tokens, open_tokens
from percorso.citizens.handlers import keep_link, keep_share, recording
from percorso.events.kafka.codec import decode, decode_fact
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import ACCESS, IDENTITY
from percorso.journey.settings import Settings
from percorso.journey.timelines import api as timelines_api
from percorso.journey.timelines import stream_api
from percorso.journey.timelines.api import Timelines
from percorso.journey.timelines.handlers import Recorder
from percorso.journey.timelines.partitions import Partitions
from percorso.journey.timelines.streams import Streams

GROUP = "percorso-journey"
MIN_KEY_BYTES = 32
DESCRIPTION = (
    "Citizens read their timeline, in pages whose order does not depend on the order of arrival, and "
    "hear of what is new while they look; operators read what their agency may see of one, and the "
    "citizen sees that they did; operations look after what could not be applied. Errors are "
    "problems (RFC 9457) that never repeat what was sent; no quota is set, and a 429 or a 503 says "
    "in `Retry-After` when to ask again."
)


async def make_topics(settings: KafkaSettings) -> None:
    """Make the topics that the service owns: none yet."""
    del settings


@asynccontextmanager
async def build(settings: Settings, *, only: Only | None) -> AsyncIterator[Parts]:
    """Open what the service needs and yield its parts."""
    async with (
        postgres.open_pool(settings, "percorso-journey") as pool,
        open_tokens("journey", settings) as tokens,
    ):
        consumptions = _consumptions(pool)
        streams = Streams(pool)
        publisher = Publisher(settings.kafka, ACCESS)
        relay = Relay(pool, {ACCESS.name: publisher})
        working = _working(settings, pool, consumptions, publisher, relay, only)
        timelines = _timelines(settings, pool, relay)
        yield Parts(
            app=None if only == "worker" else _app(pool, tokens, consumptions, timelines, streams),
            workers=working.workers
            if only == "worker"
            else {**working.workers, "streams": streams.run},
            checks={"postgres": postgres.check(pool, head("percorso.journey")), **working.checks},
            status=lambda: _status(pool),
            on_stop=streams.close,
        )


def _consumptions(pool: Pool) -> list[Consumption[Any]]:
    recorder = Recorder(Partitions(pool))
    return [
        *(
            Consumption(topic, decode, recorder.record, waits_for_disk=False)
            for topic in timelines_api.RECORDED
        ),
        Consumption(IDENTITY, decode_fact, recording(keep_link, keep_share)),
    ]


def _working(
    settings: Settings,
    pool: Pool,
    consumptions: Sequence[Consumption[Any]],
    publisher: Publisher,
    relay: Relay,
    only: Only | None,
) -> consumer.Working:
    if only == "http":
        return consumer.NOTHING
    subscribers = consumer.subscribers(
        settings.kafka, pool, consumptions, group=GROUP, worker=settings.worker
    )
    return consumer.working({"publisher": publisher, **subscribers}, relay)


def _timelines(settings: Settings, pool: Pool, relay: Relay) -> Timelines:
    key = _key(settings.cursor_key_file)
    return Timelines(pool, key, noted=relay.wake, clock=SystemClock())


def _app(
    pool: Pool,
    tokens: Tokens,
    consumptions: Sequence[Consumption[Any]],
    timelines: Timelines,
    streams: Streams,
) -> FastAPI:
    app = FastAPI(
        title="Percorso journey",
        summary="The timeline: every contact of a citizen, across agencies, in one order",
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
    )
    problems.install(app)
    app.include_router(timelines_api.router(tokens, timelines))
    app.include_router(stream_api.router(pool, tokens, streams))
    by_topic = {each.topic.name: each for each in consumptions}
    app.include_router(dead_letters_api.router(pool, tokens, by_topic))
    return app


def _key(file: Path) -> bytes:
    try:
        key = file.read_bytes().strip()
    except OSError:
        raise Misconfigured("PERCORSO_JOURNEY_CURSOR_KEY_FILE: Cannot be read") from None
    if len(key) < MIN_KEY_BYTES:
        raise Misconfigured("PERCORSO_JOURNEY_CURSOR_KEY_FILE: Should hold 32 bytes or more")
    return key


async def _status(pool: Pool) -> Mapping[str, object]:
    async with postgres.transaction(pool) as connection:
        standing = await offsets.standing(connection, timelines_api.CONSUMED, datetime.now(UTC))
        common = await consumer.status(connection, standing)
    stored = (standing.rows_stored[topic.name] for topic in timelines_api.RECORDED)
    return {**common, "touchpoints": sum(stored)}
