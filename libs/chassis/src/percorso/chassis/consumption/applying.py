"""One batch, one transaction: the service's rows, dead letters and offsets commit together."""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic

import asyncpg
import structlog
from asyncpg import Connection, Pool
from opentelemetry.trace import Span

from percorso.chassis.consumption import dead_letters, offsets
from percorso.chassis.consumption.statements import SQL
from percorso.chassis.postgres import transaction
from percorso.events import metrics, tracing
from percorso.events.errors import Reason, Unprocessable
from percorso.events.kafka.batch import Batch, DeadLetter, Decode, Delivery, E
from percorso.events.kafka.progress import Progress
from percorso.events.kafka.subscriber import Subscription
from percorso.events.topics import Topic

# What the store says of a row that never will fit, however often it is tried.
_POISON = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError)

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Stored:
    """What a service did with deliveries: rows added per partition, and what it refused."""

    rows: Counter[int] = field(default_factory=Counter)
    refused: list[DeadLetter] = field(default_factory=list)

    def add(self, other: "Stored") -> None:
        """Take in what was done with further deliveries."""
        self.rows.update(other.rows)
        self.refused += other.refused


# Stores deliveries on the connection's transaction; storing them again changes nothing.
Store = Callable[[Connection, Sequence[Delivery[E]]], Awaitable[Stored]]


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Consumption(Generic[E]):
    """What a service does with a topic: how it reads a record, and how it stores what was read.

    Without `waits_for_disk` a crash of the store may take back its last batches with their offsets:
    the topic still has them, and they are applied again. That is for rows of which nothing was told
    outside the database; what goes to an outbox, or refers to another service, waits. `committed`
    is called when a batch is committed, for whoever goes on with it.
    """

    topic: Topic
    decode: Decode[E]
    store: Store[E]
    waits_for_disk: bool = True
    committed: Callable[[], None] = _nothing


def subscription(pool: Pool, consumption: Consumption[E], group: str) -> Subscription[E]:
    """Return a subscription whose offsets live beside the rows that the consumption stores."""
    topic = consumption.topic.name

    async def stored(partitions: Sequence[int]) -> Mapping[int, int]:
        async with transaction(pool) as connection:
            return await offsets.stored(connection, topic, partitions)

    async def begin(begins: Mapping[int, int]) -> None:
        async with transaction(pool) as connection:
            await offsets.begin(connection, topic, begins)

    async def report(progress: Mapping[int, Progress]) -> None:
        async with transaction(pool) as connection:
            await offsets.report(connection, topic, progress)

    async def apply_batch(batch: Batch[E]) -> None:
        await apply(pool, batch, consumption.store, waits_for_disk=consumption.waits_for_disk)
        consumption.committed()

    return Subscription(
        consumption.topic, group, consumption.decode, stored, begin, apply_batch, report
    )


async def apply(
    pool: Pool, batch: Batch[E], store: Store[E], *, waits_for_disk: bool = True
) -> None:
    """Commit the batch's rows, dead letters and offsets at once, or nothing of it.

    Fenced: another worker owns a partition. Unavailable: try again, nothing was changed or, if
    the connection broke at the commit, everything was; then the fence refuses the second try.
    """
    parents = (each.event.traceparent for each in batch.deliveries)
    commit = partial(_commit, pool, batch, waits_for_disk=waits_for_disk)
    with tracing.processing(batch.topic, parents, len(batch)) as processes:
        try:
            await commit(store, processes)
        except _POISON:
            _log.warning("a batch holds a row that the store refuses, its rows go one by one")
            await commit(_one_by_one(store), processes)


async def _commit(
    pool: Pool, batch: Batch[E], store: Store[E], processes: Sequence[Span], *, waits_for_disk: bool
) -> None:
    with ExitStack() as spans:
        async with transaction(pool) as connection:
            if not waits_for_disk:
                await connection.execute(SQL["commit_at_once"])
            await offsets.lock(connection, batch.topic, batch.spans)
            stored = await store(connection, batch.deliveries)
            dead = [*batch.dead, *stored.refused]
            await dead_letters.record(connection, batch.topic, dead)
            await offsets.advance(connection, batch, stored.rows)
            spans.enter_context(tracing.committing(processes))
    for letter in dead:
        metrics.DEAD_LETTERS.labels(letter.reason.value).inc()


def _one_by_one(store: Store[E]) -> Store[E]:
    async def careful(connection: Connection, deliveries: Sequence[Delivery[E]]) -> Stored:
        done = Stored()
        for delivery in deliveries:
            try:
                async with connection.transaction():
                    done.add(await store(connection, [delivery]))
            except _POISON:
                done.refused.append(delivery.dead(Reason.REJECTED_BY_STORE))
        return done

    return careful


async def redrive(
    pool: Pool,
    id: int,  # noqa: A002 - the API's word
    consumptions: Mapping[str, Consumption[Any]],
) -> Reason | None:
    """Apply one dead letter now: None if it is applied and gone, its reason if it failed again.

    UnknownLetter if there is none. Redriving is safe at any time, since a timeline's
    order does not depend on arrival, and no batch of the letter's partition runs beside it.
    """
    async with transaction(pool) as connection:
        letter = await dead_letters.take(connection, id)
        await offsets.hold(connection, letter.topic, letter.partition)
        stored = await _store_letter(connection, letter, consumptions[letter.topic])
        if stored.refused:
            reason = stored.refused[0].reason
            await dead_letters.refuse(connection, id, reason)
            return reason
        await offsets.add_rows(connection, letter.topic, stored.rows)
        await dead_letters.remove(connection, id)
        return None


async def _store_letter(
    connection: Connection, letter: dead_letters.StoredLetter, consumption: Consumption[E]
) -> Stored:
    try:
        delivery = Delivery(consumption.decode(letter), letter)
    except Unprocessable as unprocessable:
        return Stored(refused=[dead_letters.redriven(letter, unprocessable.reason)])
    return await _one_by_one(consumption.store)(connection, [delivery])
