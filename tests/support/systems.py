"""Identity and journey in a process of their own, on sockets, for tests that call from outside."""

import asyncio
import json
import multiprocessing
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from unittest.mock import patch

from pydantic import SecretStr
from starlette.types import ASGIApp

from percorso.chassis import runtime
from percorso.chassis.health import Health
from percorso.chassis.runtime import Parts
from percorso.chassis.testing import Issuer
from percorso.events.kafka.admin import create_topics
from percorso.events.topics import TOPICS
from percorso.identity.tokens import issuer as issuers
from percorso.journey import service as journey_service
from percorso.journey.settings import Settings as JourneySettings
from tests.support import identities, wires
from tests.support.databases import Database
from tests.support.waiting import until

START_S = 60


@dataclass(frozen=True, slots=True)
class Databases:
    """One of each service's own."""

    identity: Database
    journey: Database


@dataclass(frozen=True, slots=True)
class System:
    """Where both services are; `issuer` signs what they trust."""

    issuer: Issuer
    identity: str
    journey: str


@contextmanager
def serving(folder: Path, databases: Databases, kafka: str) -> Iterator[System]:
    """Serve both in another process; yield when they are ready.

    In a thread they would use the random numbers that hypothesis keeps for itself.
    """
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    process = spawning.Process(target=_main, args=(theirs, folder, databases, kafka), daemon=True)
    process.start()
    theirs.close()
    try:
        assert ours.poll(START_S), "the system did not start"
        identity, journey = ours.recv()
        issuer = Issuer(identities.URL)
        issuer.key = issuers.read_key(folder / "issuer.pem")
        yield System(issuer, identity, journey)
    finally:
        ours.close()
        process.join()


def _main(theirs: Connection, folder: Path, databases: Databases, kafka: str) -> None:
    asyncio.run(_until_closed(theirs, folder, databases, kafka))


async def _until_closed(theirs: Connection, folder: Path, databases: Databases, kafka: str) -> None:
    async with _serving(folder, databases, kafka) as addresses:
        theirs.send(addresses)
        await asyncio.to_thread(theirs.poll, None)


@asynccontextmanager
async def _serving(
    folder: Path, databases: Databases, kafka: str
) -> AsyncIterator[tuple[str, str]]:
    async with AsyncExitStack() as stack:
        identity = await stack.enter_async_context(
            identities.running(folder, databases.identity, kafka)
        )
        listener = await stack.enter_async_context(wires.listening(identity.app))
        address = f"http://127.0.0.1:{listener.port}"
        journey = await stack.enter_async_context(
            journey_running(folder, databases.journey, kafka, keys=address)
        )
        listener = await stack.enter_async_context(wires.listening(journey))
        yield address, f"http://127.0.0.1:{listener.port}"


@asynccontextmanager
async def journey_running(
    folder: Path, database: Database, kafka: str, *, keys: str
) -> AsyncIterator[ASGIApp]:
    """Run journey, which fetches the issuer's keys from identity's address; yield when ready.

    In a group of its own, so that it shares the topic with no other test's journey.
    """
    await create_topics(kafka, TOPICS)
    group = f"{journey_service.GROUP}-{secrets.token_hex(4)}"
    settings = _settings(folder, database, kafka, keys)
    stop = asyncio.Event()
    async with AsyncExitStack() as stack:
        with patch.object(journey_service, "GROUP", group):
            parts = await stack.enter_async_context(journey_service.build(settings, only=None))
        health = Health(parts.checks)
        running = [health.run, *parts.workers.values()]
        workers = asyncio.gather(*(worker(stop) for worker in running))
        app = runtime.application(runtime.Identity("journey", "0"), parts, health)
        try:
            await until(lambda: _is_ready(parts))
            yield app
        finally:
            stop.set()
            await workers


async def _is_ready(parts: Parts) -> bool:
    return not any([await check() for check in parts.checks.values()])


def _settings(folder: Path, database: Database, kafka: str, keys: str) -> JourneySettings:
    key = folder / "cursor.key"
    key.write_text(secrets.token_urlsafe(32))
    callers = ["agency", "citizen", "operator", "service"]
    jwks_uri = f"{keys}/.well-known/jwks.json"
    trusted = {"issuer": identities.URL, "jwks_uri": jwks_uri, "callers": callers}
    given: dict[str, Any] = {
        "PERCORSO_KAFKA": kafka,
        "PERCORSO_ISSUERS": json.dumps([trusted]),
        "postgres": SecretStr(database.application),
        "cursor_key_file": key,
    }
    return JourneySettings(**given)
