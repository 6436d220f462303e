"""The composition root of notifications: what it opens, serves and runs. Nobody imports it."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import postgres, problems
from percorso.chassis.clock import Clock, SystemClock
from percorso.chassis.consumption import api as dead_letters_api
from percorso.chassis.consumption import consumer, offsets
from percorso.chassis.consumption.applying import Consumption
from percorso.chassis.openapi import operation_id
from percorso.chassis.outbox.relay import Relay
from percorso.chassis.schema import head
from percorso.chassis.service import Only, Parts, Worker
from percorso.chassis.service_tokens import ServiceTokens
from percorso.chassis.settings import KafkaSettings, Misconfigured
from percorso.chassis.tokens import Tokens, open_tokens
from percorso.citizens.handlers import keep_link, recording
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.codec import decode, decode_fact
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import IDENTITY, NOTIFICATIONS, SUGGESTIONS
from percorso.notifications.channels.composition import Writer
from percorso.notifications.channels.email import Email, MailServer
from percorso.notifications.channels.inbox import Inbox as InboxChannel
from percorso.notifications.delivery import store
from percorso.notifications.delivery.attempts import Attempts, Channel
from percorso.notifications.delivery.budget import Budget
from percorso.notifications.delivery.claims import Claims, Limits
from percorso.notifications.delivery.handlers import Intake
from percorso.notifications.delivery.letters import Letters
from percorso.notifications.delivery.outcomes import Retries
from percorso.notifications.delivery.sender import Sender
from percorso.notifications.delivery.vault import Vault
from percorso.notifications.inbox import api as inbox_api
from percorso.notifications.inbox.api import Inbox
from percorso.notifications.preferences import api as preferences_api
from percorso.notifications.preferences import store as preferences
from percorso.notifications.settings import Settings
from percorso.notifications.texts.rendering import Frame
from percorso.notifications.verification import api as verification_api

NAME = "notifications"
GROUP = "percorso-notifications"
CONSUMED = (SUGGESTIONS.name, IDENTITY.name)
MIN_KEY_BYTES = 32
INBOX_SLOTS = 8  # each asks identity once, and nobody else
# Beside a conversation with the mail server: a token, the vault, and two transactions.
LEASE_MARGIN = timedelta(seconds=10)
DESCRIPTION = (
    "Citizens read what they were sent and say when they want no messages; anybody checks whether a "
    "message is ours; operators look after what could not be applied. Errors are problems (RFC 9457) "
    "that never repeat what was sent; no quota is set, and a 429 or a 503 says in `Retry-After` when "
    "to ask again."
)


@dataclass(frozen=True, slots=True)
class Resources:
    """What is open while notifications runs."""

    pool: Pool
    tokens: Tokens
    vault: Vault
    key: bytes
    clock: Clock


async def topics(settings: KafkaSettings) -> None:
    """Make the topic that notifications owns."""
    await create_topics(settings.kafka, [NOTIFICATIONS])


@asynccontextmanager
async def build(settings: Settings, *, only: Only | None) -> AsyncIterator[Parts]:
    """Open what the service needs and yield its parts; waits for nothing that is away."""
    async with AsyncExitStack() as stack:
        resources = await _open(settings, stack)
        pool, consumptions = resources.pool, _consumptions(resources)
        working = _working(settings, pool, consumptions) if only != "http" else consumer.NOTHING
        senders = _senders(settings, resources) if only != "http" else {}
        yield Parts(
            app=_app(resources, consumptions) if only != "worker" else None,
            workers={**working.workers, **senders},
            checks={
                "postgres": postgres.check(pool, head("percorso.notifications")),
                **working.checks,
            },
            status=lambda: _status(resources),
        )


async def _open(settings: Settings, stack: AsyncExitStack) -> Resources:
    key = _key(settings.key_file)
    pool = await stack.enter_async_context(postgres.open_pool(settings, "percorso-notifications"))
    tokens = await stack.enter_async_context(open_tokens(NAME, settings))
    identity_url = str(settings.identity_url)
    own = await stack.enter_async_context(
        ServiceTokens(identity_url, NAME, settings.service_key_file, "identity")
    )
    # A proxy of the environment has no business between two of our services.
    client = await stack.enter_async_context(httpx.AsyncClient(trust_env=False))
    vault = Vault(identity_url, own.authorization, client)
    return Resources(pool, tokens, vault, key, SystemClock())


def _key(file: Path) -> bytes:
    try:
        key = file.read_bytes().strip()
    except OSError:
        raise Misconfigured("PERCORSO_NOTIFICATIONS_KEY_FILE: Cannot be read") from None
    if len(key) < MIN_KEY_BYTES:
        raise Misconfigured("PERCORSO_NOTIFICATIONS_KEY_FILE: Should hold 32 bytes or more")
    return key


def _consumptions(resources: Resources) -> list[Consumption[Any]]:
    intake = Intake(resources.clock, resources.key)
    return [
        Consumption(IDENTITY, decode_fact, recording(keep_link)),
        Consumption(SUGGESTIONS, decode, intake.record),
    ]


def _working(
    settings: Settings, pool: Pool, consumptions: Sequence[Consumption[Any]]
) -> consumer.Working:
    publisher = Publisher(settings.kafka, NOTIFICATIONS)
    subscribers = consumer.subscribers(settings.kafka, pool, consumptions, group=GROUP)
    return consumer.working(
        {"publisher": publisher, **subscribers}, Relay(pool, {NOTIFICATIONS.name: publisher})
    )


def _senders(settings: Settings, resources: Resources) -> dict[str, Worker]:
    """Return a worker for each channel: none waits for what another one needs."""
    channels: list[tuple[Channel, int]] = [
        (Email(_mail_server(settings), _writer(settings), resources.clock), settings.smtp_slots),
        (InboxChannel(), INBOX_SLOTS),
    ]
    return {
        f"sender {channel.via}": _sender(settings, resources, channel, slots).run
        for channel, slots in channels
    }


def _sender(settings: Settings, resources: Resources, channel: Channel, slots: int) -> Sender:
    retries = Retries(settings.attempts, random.random)
    budget = Budget(settings.suggestions_a_day, settings.suggestions_a_week)
    limits = Limits(budget, retries, 2 * (settings.smtp_deadline + LEASE_MARGIN))
    letters = Letters(resources.key, _frame(settings))
    pool, clock = resources.pool, resources.clock
    claims = Claims(channel.via, limits, preferences.of, rings=channel.rings)
    attempts = Attempts(pool, channel, resources.vault, letters, retries, clock)
    return Sender(pool, claims, attempts, clock, slots=slots)


def _mail_server(settings: Settings) -> MailServer:
    return MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password,
        settings.smtp_deadline,
    )


def _writer(settings: Settings) -> Writer:
    return Writer(settings.mail_name, settings.mail_from, str(settings.consents_url))


def _frame(settings: Settings) -> Frame:
    return Frame(settings.mail_name, str(settings.codes_url), str(settings.consents_url))


def _app(resources: Resources, consumptions: Sequence[Consumption[Any]]) -> FastAPI:
    app = FastAPI(
        title="Percorso notifications",
        summary="Reaching a citizen, once",
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
    )
    problems.install(app)
    pool, tokens, clock = resources.pool, resources.tokens, resources.clock
    inbox = Inbox(pool, clock, resources.key, preferences.of)
    app.include_router(inbox_api.router(tokens, inbox))
    app.include_router(preferences_api.router(pool, tokens, clock))
    app.include_router(verification_api.router(pool, clock))
    by_topic = {each.topic.name: each for each in consumptions}
    app.include_router(dead_letters_api.router(pool, tokens, by_topic))
    return app


async def _status(resources: Resources) -> Mapping[str, object]:
    async with postgres.transaction(resources.pool) as connection:
        standing = await offsets.standing(connection, CONSUMED, resources.clock.now())
        shown = await consumer.status(connection, standing)
        return shown | {"messages": dict(await store.unfinished(connection))}
