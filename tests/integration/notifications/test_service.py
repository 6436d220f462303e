"""The service as it runs: from a suggestion on Kafka to a mail and what is said of it on Kafka, in one trace."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer, TopicPartition
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from msgspec import structs
from opentelemetry.sdk.trace import ReadableSpan
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from percorso.chassis import runtime
from percorso.chassis.health import Health
from percorso.chassis.testing import Issuer, recorded_spans
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.codec import decode, encode
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import IDENTITY, NOTIFICATIONS, SUGGESTIONS
from percorso.notifications import service
from percorso.notifications.settings import Settings
from tests.integration.notifications.mail import MailServer, mail_server
from tests.integration.notifications.office import KEY, begin_sending, message, reacted, suggested
from tests.support.databases import Database
from tests.support.events import a_subject
from tests.support.waiting import until

TRACE = "4" * 32
CITIZEN = a_subject(77)


@dataclass
class Running:
    """A service that runs, and how it is reached."""

    http: httpx.AsyncClient
    publisher: Publisher
    mail: MailServer
    consumer: AIOKafkaConsumer
    asked: list[dict[str, Any]]

    async def say(self, *events: CloudEvent) -> None:
        """Publish what insights says."""
        await self.publisher.publish([encode(event) for event in events])

    async def said(self) -> list[CloudEvent]:
        """Return what stands on the topic of notifications since the test began."""
        found: list[CloudEvent] = []
        for records in (await self.consumer.getmany(timeout_ms=500)).values():
            found += map(decode, records)
        return found


@asynccontextmanager
async def serving(app: Any) -> AsyncIterator[str]:
    """Serve an application on a free port; yield its address."""
    config = uvicorn.Config(app, port=0, log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serve = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await serve


def _identity(asked: list[dict[str, Any]]) -> Starlette:
    async def token(_: Request) -> JSONResponse:
        return JSONResponse({"access_token": "a.b.c", "token_type": "Bearer", "expires_in": 600})

    async def release(request: Request) -> JSONResponse:
        asked.append(await request.json())
        assert request.headers["authorization"] == "Bearer a.b.c"
        return JSONResponse({"address": "somebody@mail.example"})

    return Starlette(
        routes=[
            Route("/v1/service-tokens", token, methods=["POST"]),
            Route("/v1/contacts/release", release, methods=["POST"]),
        ]
    )


@pytest.fixture
async def running(
    tmp_path: Path, notifications_database: Database, kafka_address: str
) -> AsyncIterator[Running]:
    """Run the service against Kafka, PostgreSQL, a mail server, and an identity that says yes."""
    await create_topics(kafka_address, [IDENTITY, SUGGESTIONS, NOTIFICATIONS])
    # The database is a copy of one that was migrated before other tests filled the topic.
    begin_sending(notifications_database, datetime.now(UTC))
    asked: list[dict[str, Any]] = []
    async with mail_server() as mail, serving(_identity(asked)) as identity_url:
        settings = _settings(tmp_path, notifications_database, kafka_address, identity_url, mail)
        async with (
            _consumer(kafka_address) as consumer,
            service.build(settings, only=None) as parts,
        ):
            publisher, health, stop = (
                Publisher(kafka_address, SUGGESTIONS),
                Health(parts.checks),
                asyncio.Event(),
            )
            app = runtime.application(runtime.Identity("notifications", "0"), parts, health)
            transport = httpx.ASGITransport(app)
            works = [health.run, publisher.run, *parts.workers.values()]
            workers = asyncio.gather(*(work(stop) for work in works))
            async with httpx.AsyncClient(transport=transport, base_url="http://n") as http:
                await until(lambda: health.is_ready)
                yield Running(http, publisher, mail, consumer, asked)
            stop.set()
            await workers


@asynccontextmanager
async def _consumer(kafka: str) -> AsyncIterator[AIOKafkaConsumer]:
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(NOTIFICATIONS.name, n) for n in range(NOTIFICATIONS.partitions)
        ]
        consumer.assign(partitions)
        await consumer.seek_to_end()
        for partition in partitions:
            await consumer.position(partition)
        yield consumer
    finally:
        await consumer.stop()


def _settings(
    folder: Path, database: Database, kafka: str, identity_url: str, mail: MailServer
) -> Settings:
    key = ECKey.generate_key("P-256").private_key
    assert key is not None
    (folder / "own.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (folder / "messages.key").write_bytes(KEY)
    trusted = Issuer().trusted().model_dump(mode="json")
    given: dict[str, Any] = {
        "PERCORSO_KAFKA": kafka,
        "PERCORSO_ISSUERS": json.dumps([trusted | {"callers": sorted(trusted["callers"])}]),
        "postgres": SecretStr(database.application),
        "identity_url": identity_url,
        "service_key_file": folder / "own.pem",
        "key_file": folder / "messages.key",
        "smtp_port": mail.port,
        "mail_from": "noreply@percorso.example",
        "codes_url": "https://p.example/codes",
        "consents_url": "https://p.example/consents",
    }
    return Settings(**given)


def _now(event: CloudEvent) -> CloudEvent:
    """Let an event be received now, and of a trace that is recorded."""
    return structs.replace(
        event, received_at=datetime.now(UTC), traceparent=f"00-{TRACE}-{'5' * 16}-01"
    )


def _open(number: int, **members: Any) -> CloudEvent:
    """Return a suggestion that may go at any hour, since duties of this length break no quiet hours."""
    now = datetime.now(UTC)
    window = {"send_from": now.isoformat(), "expires_at": (now + timedelta(seconds=60)).isoformat()}
    made = {"purpose": "service-notices", **window, **members}
    return _now(suggested(number, CITIZEN, **made))


async def test_from_a_suggestion_to_a_mail_and_to_what_is_said_of_it(running: Running) -> None:
    said: list[CloudEvent] = []

    async def is_said(number: int) -> bool:
        said.extend(await running.said())
        return len(said) >= number

    with recorded_spans() as spans:
        await running.say(_open(1), _open(1), _open(2, via="inbox"))
        await until(lambda: is_said(2))

    assert running.mail.message_ids() == [f"<{message(1)}@percorso.example>"]
    assert running.mail.recipients == ["somebody@mail.example"]
    assert {each["channel"] for each in running.asked} == {"email", "inbox"}
    assert sorted((event.type, event.subject, event.id) for event in said) == [
        ("eu.percorso.notification.delivered.v1", CITIZEN, f"{message(2)}/delivered"),
        ("eu.percorso.notification.sent.v1", CITIZEN, f"{message(1)}/sent"),
    ]
    _see_one_tree([span for span in spans.get_finished_spans() if _trace(span) == TRACE], said)


def _see_one_tree(spans: list[ReadableSpan], said: list[CloudEvent]) -> None:
    """See that each attempt hangs under the batch that brought its suggestion, and what is said under it."""
    by_id = {f"{span.context.span_id:016x}": span for span in spans if span.context}
    names = {
        each: [span for span in spans if span.name == each]
        for each in ("send mail", "put into inbox")
    }
    assert {name: len(found) for name, found in names.items()} == {
        "send mail": 1,
        "put into inbox": 1,
    }
    for [span] in names.values():
        assert span.parent is not None
        assert by_id[f"{span.parent.span_id:016x}"].name == f"process {SUGGESTIONS.name}"
    parents = {by_id[(event.traceparent or "").split("-")[2]].name for event in said}
    assert parents == {"send mail", "put into inbox"}


def _trace(span: ReadableSpan) -> str:
    return f"{span.context.trace_id:032x}" if span.context else ""


async def test_while_the_mail_server_is_away_the_service_is_ready_and_says_how_many_wait(
    running: Running,
) -> None:
    running.mail.answer("MAIL", "421 not now")
    await running.say(_open(11), _open(12))

    async def wait() -> bool:
        status = (await running.http.get("/status")).json()
        return bool(status["messages"]["waiting"] == 2 and running.mail.conversations)

    await until(wait)
    ready = await running.http.get("/readyz")
    assert ready.status_code == 200
    assert (await running.http.get("/status")).json()["dead_letters"] == 0
    metrics = (await running.http.get("/metrics")).text
    assert 'percorso_message_attempts_total{outcome="away",via="email"}' in metrics


async def test_what_was_received_before_the_database_was_made_is_never_sent(
    running: Running,
) -> None:
    old = structs.replace(_open(21), received_at=datetime.now(UTC) - timedelta(hours=1))
    await running.say(old, _open(22), _now(reacted(23, "dismissed", CITIZEN)), _open(23))

    await until(lambda: len(running.mail.mails) == 1)
    await running.say(_open(24))  # what is due is sent before it
    await until(lambda: len(running.mail.mails) == 2)
    assert running.mail.message_ids() == [f"<{message(n)}@percorso.example>" for n in (22, 24)]
