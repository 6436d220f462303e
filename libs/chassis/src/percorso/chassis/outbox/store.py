"""The outbox table: records that wait for the broker."""

from dataclasses import dataclass
from datetime import UTC, datetime

from asyncpg import Connection

from percorso.chassis import sql
from percorso.chassis.packing import pack, unpack
from percorso.events.kafka.attributes import Record

SQL = sql.load("percorso.chassis.outbox", "queries.sql")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record that waits."""

    id: int
    topic: str
    record: Record


async def append(connection: Connection, topic: str, *records: Record) -> None:
    """Add records in order; they are published only if the transaction commits."""
    await connection.execute(
        SQL["append"],
        topic,
        [key for key, _, _ in records],
        [value for _, value, _ in records],
        [pack(headers) for _, _, headers in records],
        datetime.now(UTC),
    )


async def take(connection: Connection, limit: int) -> list[Outgoing]:
    """Return the oldest records, none if another relay is at it; in order, for one transaction."""
    if not await connection.fetchval(SQL["take_turn"]):
        return []
    rows = await connection.fetch(SQL["oldest"], limit)
    return [
        Outgoing(row["id"], row["topic"], Record(row["key"], row["value"], unpack(row["headers"])))
        for row in rows
    ]


async def remove(connection: Connection, outgoing: list[Outgoing]) -> None:
    """Forget records that the broker has acknowledged."""
    await connection.execute(SQL["remove"], [each.id for each in outgoing])
