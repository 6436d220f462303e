"""Insights' own parts on a test's database: what it consumes is handed in, and it decides when told."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID

from asyncpg import Pool

from percorso.chassis.clock import Clock
from percorso.chassis.consumption import applying, offsets
from percorso.chassis.outbox import store as outbox
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import FakeClock
from percorso.citizens import facts as links
from percorso.citizens.accesses import shares
from percorso.citizens.accesses.shares import ShareState
from percorso.citizens.consents import facts as consents
from percorso.citizens.consents.facts import ConsentState
from percorso.citizens.facts import LinkEnd, LinkState
from percorso.citizens.handlers import keep_consent, keep_link, keep_share, recording
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import Record, decode, decode_fact, encode_fact
from percorso.events.kafka.progress import Progress
from percorso.events.topics import IDENTITY, SUGGESTIONS, TOUCHPOINTS, Topic
from percorso.insights.decisions.decider import Decider
from percorso.insights.decisions.inputs import Policy
from percorso.insights.decisions.marking import Marker
from percorso.insights.experience import handlers as experience
from percorso.insights.facts.handlers import Recorder
from percorso.insights.rules import Ruleset
from percorso.insights.suggestions.handlers import Suggestions
from tests.support.batches import a_batch, a_record
from tests.support.databases import Database
from tests.support.decisions import BOUNDS, NOW
from tests.support.rules import shipped

State = LinkState | ConsentState | ShareState


@dataclass
class Insights:
    """Insights on one database; `live` is the set of rules, and the clock is set by hand."""

    pool: Pool
    clock: FakeClock
    decider: Decider
    recorder: Recorder
    marker: Marker
    suggestions: Suggestions
    live: list[Ruleset]
    policy: Policy
    _offsets: dict[tuple[str, int], int] = field(default_factory=dict)

    async def take(self, *events: CloudEvent, partition: int = 0) -> None:
        """Apply touchpoints as one batch."""
        batch = a_batch(
            events, first=self._first(TOUCHPOINTS.name, partition, len(events)), partition=partition
        )
        await applying.apply(self.pool, batch, self.recorder.record, waits_for_disk=False)

    async def learn(self, *states: State) -> None:
        """Apply facts of identity as one batch."""
        records = [_fact(state, self.clock.now()) for state in states]
        first = self._first(IDENTITY.name, 0, len(records))
        batch = a_batch(records, first=first, topic=IDENTITY, decode=decode_fact)
        store = self.marker.record(recording(keep_link, keep_consent, keep_share))
        await applying.apply(self.pool, batch, store)
        await self.freshen()

    async def freshen(self) -> None:
        """Let the copy of links and consents be as young as the clock says."""
        now = self.clock.now()
        async with transaction(self.pool) as connection:
            rows = await offsets.stored(connection, IDENTITY.name, range(IDENTITY.partitions))
            seen = {number: Progress(at, at, now, now) for number, at in rows.items()}
            await offsets.report(connection, IDENTITY.name, seen)

    async def decide(self) -> None:
        """Decide about everybody who is marked now, and whom a new set of rules concerns."""
        await self.freshen()
        idle = 0
        while idle < 2 or await self.waiting():
            idle = 0 if await self.decider.decide_some() else idle + 1

    async def mark(self, subjects: Iterable[UUID]) -> None:
        """Have it decided about these again."""
        statement = "INSERT INTO to_decide SELECT each, gen_random_uuid(), $2, $2 FROM unnest($1::uuid[]) AS each"
        await self.value(statement, list(subjects), self.clock.now())

    async def waiting(self) -> int:
        """Count the marks that are due."""
        return int(
            await self.value("SELECT count(*) FROM to_decide WHERE due_at <= $1", self.clock.now())
        )

    async def value(self, statement: str, *arguments: object) -> Any:
        """Return one value of the database."""
        async with transaction(self.pool) as connection:
            return await connection.fetchval(statement, *arguments)

    async def rows(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Return rows of the database."""
        async with transaction(self.pool) as connection:
            return [tuple(row) for row in await connection.fetch(statement, *arguments)]

    async def open(self) -> set[tuple[UUID, str, UUID]]:
        """Return subject, service and event of every suggestion that may be taken up."""
        statement = """
            SELECT subject, service, event_key FROM suggestions
            WHERE NOT is_withdrawn AND state IN ('open', 'shown', 'later') AND expires_at > $1
        """
        return set(await self.rows(statement, self.clock.now()))

    async def published(self, topic: Topic = SUGGESTIONS) -> list[CloudEvent]:
        """Return what waits to be published on a topic."""
        async with transaction(self.pool) as connection:
            waiting = await outbox.take(connection, 10_000)
        return [decode(_stored(each.record)) for each in waiting if each.topic == topic.name]

    def begin_at(self, topic: Topic, partition: int, offset: int) -> None:
        """Let the next batch of a partition begin there."""
        self._offsets[topic.name, partition] = offset

    def _first(self, topic: str, partition: int, size: int) -> int:
        first = self._offsets.get((topic, partition), 0)
        self._offsets[topic, partition] = first + size
        return first


@asynccontextmanager
async def running(
    database: Database, *, policy: Policy = BOUNDS, now: datetime = NOW, partitions: int = 1
) -> AsyncIterator[Insights]:
    """Yield insights on a database, whose copy of links and consents is young."""
    async with database.pool() as pool:
        made = assembled(pool, FakeClock(now), [shipped()], policy)
        async with transaction(pool) as connection:
            await offsets.begin(connection, TOUCHPOINTS.name, dict.fromkeys(range(partitions), 0))
            await offsets.begin(
                connection, IDENTITY.name, dict.fromkeys(range(IDENTITY.partitions), 0)
            )
            # They begin by the machine's clock.
            await connection.execute("UPDATE consumer_offsets SET complete_until = $1", now)
        await made.freshen()
        yield made


def assembled(pool: Pool, clock: Clock, live: list[Ruleset], policy: Policy) -> Insights:
    """Put the parts together as the service does."""
    marker = Marker(lambda: live[0], clock)
    suggestions = Suggestions(experience.record, marker.mark)
    decider = Decider(
        pool, lambda: live[0], policy, suggestions.suggest, committed=lambda: None, clock=clock
    )
    recorder = Recorder(marker.follow, experience.follow)
    return Insights(pool, clock, decider, recorder, marker, suggestions, live, policy)  # type: ignore[arg-type]


_ids = count(1)


def a_link(
    one: UUID, other: UUID, *, link_id: UUID | None = None, version: int = 1, is_live: bool = True
) -> LinkState:
    """Return a link's state; the first is a person, the other is not."""
    ends = (LinkEnd(one, is_person=False), LinkEnd(other, is_person=False))
    return LinkState(link_id or UUID(int=next(_ids)), version, ends, is_live)


def _fact(state: State, at: datetime) -> Record:
    if isinstance(state, LinkState):
        return encode_fact(links.to_fact(state, at, None))
    if isinstance(state, ShareState):
        return encode_fact(shares.to_fact(state, at, None))
    return encode_fact(consents.to_fact(state, None))


def _stored(record: Record) -> Any:
    return a_record(record, 0)
