"""Consumed offsets in the service's database: the fence, and what they tell about freshness."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from asyncpg import Connection, Record

from percorso.chassis.consumption.statements import SQL
from percorso.events.errors import Fenced
from percorso.events.kafka.batch import Batch, E, Span
from percorso.events.kafka.progress import Progress
from percorso.events.topics import Topic


async def stored(connection: Connection, topic: str, partitions: Sequence[int]) -> dict[int, int]:
    """Return the next offset of each partition that has one."""
    return dict(await connection.fetch(SQL["stored_offsets"], topic, partitions))


async def begin(connection: Connection, topic: str, begins: Mapping[int, int]) -> None:
    """Store where partitions that have no offset yet begin; one that has keeps it."""
    await connection.execute(
        SQL["begin_offsets"], topic, list(begins), list(begins.values()), datetime.now(UTC)
    )


async def lock(connection: Connection, topic: str, spans: Sequence[Span]) -> None:
    """Hold the batch's partitions; Fenced if one is not where the batch began."""
    held = dict(
        await connection.fetch(SQL["lock_offsets"], topic, [span.partition for span in spans])
    )
    if any(held.get(span.partition) != span.first for span in spans):
        raise Fenced("another worker has moved a partition of this batch")


async def hold(connection: Connection, topic: str, partition: int) -> None:
    """Hold a partition until the transaction ends: no batch of its subjects is applied meanwhile."""
    await connection.fetch(SQL["lock_offsets"], topic, [partition])


async def advance(connection: Connection, batch: Batch[E], rows: Mapping[int, int]) -> None:
    """Move the batch's partitions past it; Fenced, and nothing moved, if one stands elsewhere."""
    received = {each.record.partition: each.event.received_at for each in batch.deliveries}
    partitions = [span.partition for span in batch.spans]
    moved = await connection.fetch(
        SQL["advance_offsets"],
        batch.topic,
        partitions,
        [span.first for span in batch.spans],
        [span.next for span in batch.spans],
        [received.get(partition) for partition in partitions],
        [rows.get(partition, 0) for partition in partitions],
    )
    if len(moved) != len(partitions):
        raise Fenced("another worker has moved a partition of this batch")


async def report(connection: Connection, topic: str, progress: Mapping[int, Progress]) -> None:
    """Store the end offsets that a worker has read, for processes that do not consume."""
    seen = list(progress.values())
    await connection.execute(
        SQL["report_progress"],
        topic,
        list(progress),
        [each.applied for each in seen],
        [each.end for each in seen],
        [each.end_read_at for each in seen],
        [each.complete_until for each in seen],
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How topics stand: records behind, age of the oldest unapplied event, rows stored of each."""

    lag: int
    freshness_ms: int | None
    rows_stored: Mapping[str, int]


async def standing(connection: Connection, topics: Sequence[str], now: datetime) -> Standing:
    """Return how the topics stand; freshness is None while no partition was ever read."""
    rows = await connection.fetch(SQL["progress"], list(topics))
    progress = [_progress(row) for row in rows]
    stored = Counter(dict.fromkeys(topics, 0))
    for row in rows:
        stored[row["topic"]] += row["rows_stored"]
    ages = [each.age_s(now) for each in progress]
    return Standing(
        lag=sum(each.lag() for each in progress),
        freshness_ms=round(max(ages) * 1_000) if ages else None,
        rows_stored=stored,
    )


async def age_s(connection: Connection, topic: Topic, now: datetime) -> float | None:
    """Return how old in seconds the service's copy of a whole topic may be at most.

    None while a partition was never read.
    """
    rows = await connection.fetch(SQL["progress"], [topic.name])
    if len(rows) < topic.partitions:
        return None
    return max(_progress(row).age_s(now) for row in rows)


def _progress(row: Record) -> Progress:
    return Progress(
        row["next_offset"], row["end_offset"], row["end_read_at"], row["complete_until"]
    )


async def add_rows(connection: Connection, topic: str, rows: Mapping[int, int]) -> None:
    """Count rows that came by another way than a batch."""
    for partition, added in rows.items():
        await connection.execute(SQL["add_rows"], topic, partition, added)
