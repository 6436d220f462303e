"""The composition root of the journey service: the one file that knows all its parts."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import postgres, problems
from percorso.chassis.consumption import api as dead_letters_api
from percorso.chassis.consumption import applying, dead_letters, offsets
from percorso.chassis.schema import head
from percorso.chassis.service import Only, Parts
from percorso.chassis.settings import KafkaSettings, Misconfigured
from percorso.chassis.tokens import Tokens, open_tokens
from percorso.events.kafka.subscriber import Subscriber
from percorso.events.topics import TOUCHPOINTS
from percorso.journey.settings import Settings
from percorso.journey.timelines import api as timelines_api
from percorso.journey.timelines.handlers import Recorder
from percorso.journey.timelines.partitions import Partitions

GROUP = "percorso-journey"
MIN_KEY_BYTES = 32


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
        recorder = Recorder(Partitions(pool))
        subscriber = Subscriber(
            settings.kafka,
            applying.subscription(pool, TOUCHPOINTS, GROUP, recorder.record),
            worker=settings.worker,
        )
        consumes = only != "http"
        yield Parts(
            app=_app(settings, pool, tokens, recorder) if only != "worker" else None,
            workers={"subscriber": subscriber.run} if consumes else {},
            checks={
                "postgres": postgres.check(pool, head("percorso.journey")),
                **({"kafka": subscriber.check} if consumes else {}),
            },
            status=lambda: _status(pool),
        )


def _app(settings: Settings, pool: Pool, tokens: Tokens, recorder: Recorder) -> FastAPI:
    app = FastAPI(title="Percorso journey", description="Timelines: touchpoints by citizen")
    problems.install(app)
    cursor_key = _key(settings.cursor_key_file)
    app.include_router(timelines_api.router(pool, tokens, cursor_key))
    app.include_router(dead_letters_api.router(pool, tokens, recorder.record))
    return app


def _key(file: Path) -> bytes:
    key = file.read_bytes().strip()
    if len(key) < MIN_KEY_BYTES:
        raise Misconfigured("PERCORSO_JOURNEY_CURSOR_KEY_FILE: Should hold 32 bytes or more")
    return key


async def _status(pool: Pool) -> Mapping[str, object]:
    async with postgres.transaction(pool) as connection:
        standing = await offsets.standing(connection, TOUCHPOINTS.name, datetime.now(UTC))
        letters = await dead_letters.count(connection)
    return {
        "lag": standing.lag,
        "freshness_ms": standing.freshness_ms,
        "dead_letters": letters,
        "touchpoints": standing.rows_stored,
    }
