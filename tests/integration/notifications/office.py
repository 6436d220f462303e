"""All of notifications that decides, stores and sends, with a database, a mail server and a vault."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import psycopg
from asyncpg import Pool, Record
from msgspec import structs

from percorso.chassis.consumption import applying, offsets
from percorso.chassis.packing import unpack
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import FakeClock
from percorso.citizens import store as citizens
from percorso.citizens.facts import LinkEnd, LinkState
from percorso.events.envelope import CloudEvent
from percorso.events.ids import uuid7
from percorso.events.topics import SUGGESTIONS
from percorso.notifications.channels.composition import Writer
from percorso.notifications.channels.email import Email
from percorso.notifications.channels.email import MailServer as ServerSettings
from percorso.notifications.channels.inbox import Inbox
from percorso.notifications.delivery.attempts import Attempts, Channel
from percorso.notifications.delivery.budget import Budget
from percorso.notifications.delivery.claims import Claims, Limits
from percorso.notifications.delivery.handlers import Intake
from percorso.notifications.delivery.letters import Letters
from percorso.notifications.delivery.outcomes import Outcome, Retries
from percorso.notifications.delivery.owed import MADE, message_id
from percorso.notifications.delivery.sender import Sender
from percorso.notifications.delivery.vault import Vault
from percorso.notifications.preferences import store as preferences
from percorso.notifications.preferences.preferences import Language, Preferences, read
from percorso.notifications.texts.rendering import Frame
from tests.integration.notifications.mail import MailServer, mail_server
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.events import a_subject, an_event
from tests.support.suggestions import a_suggestion

KEY = b"for tests only, never in use!!!!"
NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)  # midday in Rome
ADA = a_subject(1)
FRAME = Frame("Percorso", "https://p.example/codes", "https://p.example/consents")
WRITER = Writer("Percorso", "noreply@percorso.example", "https://p.example/consents")
LEASE = timedelta(minutes=1)


@dataclass
class FakeIdentity:
    """Identity's vault as notifications knows it: who has an address, and who said no."""

    addresses: dict[UUID, str] = field(default_factory=lambda: {ADA: "ada@mail.example"})
    refusing: set[tuple[UUID, str]] = field(default_factory=set)
    status: int | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    headers: list[httpx.Headers] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] | None = None  # what happens before it answers

    def client(self) -> httpx.AsyncClient:
        """Return a client that reaches this vault, and nothing else."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        self.asked.append(asked)
        self.headers.append(request.headers)
        if self.before:
            await self.before()
        if self.status:
            return _problem(self.status, "unavailable")
        subject = UUID(asked["subject"])
        if asked["purpose"] != "service-notices" and (subject, asked["channel"]) in self.refusing:
            return _problem(403, "no-consent")
        if asked["channel"] == "inbox":
            return httpx.Response(200, json={"address": None})
        if subject not in self.addresses:
            return _problem(404, "no-address")
        return httpx.Response(200, json={"address": self.addresses[subject]})


def _problem(status: int, slug: str) -> httpx.Response:
    return httpx.Response(status, json={"type": f"urn:percorso:problem:{slug}", "status": status})


@dataclass
class Office:
    """Notifications without Kafka: `suggest` puts in what insights says, `send` is the worker's round."""

    pool: Pool
    clock: FakeClock
    mail: MailServer
    identity: FakeIdentity
    vault: Vault
    budget: Budget = field(default_factory=lambda: Budget(2, 4))
    deadline: timedelta = timedelta(seconds=5)
    most_failures: int = 3
    offset: int = 0

    async def apply(self, *events: CloudEvent) -> None:
        """Apply events of the topic of suggestions as one batch."""
        batch = a_batch(events, first=self.offset, topic=SUGGESTIONS)
        self.offset += len(events)
        await applying.apply(self.pool, batch, Intake(self.clock, KEY).record)

    async def suggest(self, *numbers: int, subject: UUID = ADA, **members: Any) -> None:
        """Apply suggestions with these numbers, alike in all else."""
        await self.apply(*(suggested(number, subject, **members) for number in numbers))

    async def dismiss(self, number: int, verb: str = "dismissed") -> None:
        """Apply a citizen's reaction to a suggestion."""
        await self.apply(reacted(number, verb))

    def sender(self, via: str = "email", *, slots: int = 8) -> Sender:
        """Return the worker of a channel."""
        claims, attempts = self._claims(via), self.attempts(via)
        return Sender(self.pool, claims, attempts, self.clock, slots=slots)

    def attempts(self, via: str = "email") -> Attempts:
        """Return what makes attempts on a channel."""
        letters = Letters(KEY, FRAME)
        retries = Retries(self.most_failures, lambda: 1.0)
        return Attempts(self.pool, self._channel(via), self.vault, letters, retries, self.clock)

    async def send(self, via: str = "email", most: int = 50) -> list[Outcome]:
        """Claim what is due and make one attempt of each, side by side."""
        async with transaction(self.pool) as connection:
            claims = await self._claims(via).take(connection, most, self.clock.now())
        attempts = self.attempts(via)
        return await asyncio.gather(*map(attempts.make, claims))

    async def give_up_lost(self, via: str = "email") -> None:
        """Settle attempts that nobody has in hand any more."""
        async with transaction(self.pool) as connection:
            await self._claims(via).give_up_lost(connection, self.clock.now())

    async def prefer(
        self, text: str | None, *, subject: UUID = ADA, language: Language = "it"
    ) -> None:
        """Store a citizen's preferences."""
        wanted = Preferences(read(text), language)
        async with transaction(self.pool) as connection:
            await preferences.keep(connection, subject, wanted, self.clock.now())

    async def link(self, one: UUID, other: UUID) -> LinkState:
        """Let two subjects be one citizen."""
        ends = (LinkEnd(one, is_person=True), LinkEnd(other, is_person=False))
        state = LinkState(link_id=uuid7(), version=1, ends=ends, is_live=True)
        await self._learn(state)
        return state

    async def undo(self, link: LinkState) -> None:
        """Let them be two again."""
        await self._learn(structs.replace(link, version=2, is_live=False))

    async def _learn(self, state: LinkState) -> None:
        async with transaction(self.pool) as connection:
            await citizens.take_turn(connection)
            await citizens.apply(connection, state)

    async def rows(self, statement: str, *values: object) -> list[Record]:
        """Return what a statement selects."""
        async with transaction(self.pool) as connection:
            found: list[Record] = await connection.fetch(statement, *values)
            return found

    async def states(self) -> list[str]:
        """Return the state of each message, in the order of their suggestions' numbers."""
        rows = await self.rows("SELECT state, suggestion FROM messages")
        numbered = [(json.loads(row["suggestion"])["suggestion"], row["state"]) for row in rows]
        return [state for _, state in sorted(numbered)]

    async def outcomes(self) -> list[str | None]:
        """Return what each attempt came to, in the order in which they began."""
        rows = await self.rows("SELECT outcome FROM attempts ORDER BY begun_at, number, message_id")
        return [row["outcome"] for row in rows]

    async def said(self) -> list[tuple[str, str | None]]:
        """Return the verb and the reason of each event in the outbox, in order."""
        rows = await self.rows("SELECT value, headers FROM outbox ORDER BY id")
        return [_verb_and_reason(row) for row in rows]

    def _claims(self, via: str) -> Claims:
        limits = Limits(self.budget, Retries(self.most_failures, lambda: 1.0), LEASE)
        return Claims(via, limits, preferences.of, rings=self._channel(via).rings)

    def _channel(self, via: str) -> Channel:
        server = ServerSettings("127.0.0.1", self.mail.port, deadline=self.deadline)
        return Email(server, WRITER, self.clock) if via == "email" else Inbox()


def suggested(number: int, subject: UUID = ADA, **members: Any) -> CloudEvent:
    """Return what insights says of a suggestion with this number."""
    traceparent = members.pop("traceparent", None)
    payload = a_suggestion(suggestion=name(number), **members)
    event = an_event(
        f"made-{number}", subject=subject, type=MADE, touchpoint=payload, traceparent=traceparent
    )
    return structs.replace(event, received_at=NOW)


def reacted(number: int, verb: str, subject: UUID = ADA) -> CloudEvent:
    """Return what insights says of a citizen's reaction."""
    payload = json.dumps({"channel": "05", "suggestion": name(number)}).encode()
    kind = f"eu.percorso.suggestion.{verb}.v1"
    return an_event(f"{verb}-{number}", subject=subject, type=kind, touchpoint=payload)


def name(number: int) -> str:
    """Return the id of a suggestion."""
    return f"suggestion-{number:04}"


def message(number: int) -> UUID:
    """Return the id of a suggestion's message."""
    return message_id(name(number))


@asynccontextmanager
async def office(database: Database) -> AsyncIterator[Office]:
    """Open an office that sends what was received from 2026 on."""
    begin_sending(database, datetime(2026, 1, 1, tzinfo=UTC))
    identity, clock = FakeIdentity(), FakeClock(NOW)

    async def authorization() -> str:
        return "Bearer of-notifications"

    async with database.pool() as pool, mail_server() as mail, identity.client() as client:
        async with transaction(pool) as connection:
            await offsets.begin(connection, SUGGESTIONS.name, {0: 0})
        vault = Vault("http://identity.example", authorization, client)
        yield Office(pool, clock, mail, identity, vault)


def begin_sending(database: Database, at: datetime) -> None:
    """Set from when on what is received is sent, as the runbook does it."""
    with psycopg.connect(database.owner) as connection:
        connection.execute("UPDATE sending_begins SET at = %s", [at])


def _verb_and_reason(row: Record) -> tuple[str, str | None]:
    payload = json.loads(row["value"])
    kind = dict(unpack(row["headers"]))["ce_type"].decode()
    return kind.split(".")[3], payload.get("reason")
