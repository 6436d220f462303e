"""Entries of reads, and the table of shares; every function needs a transaction's connection."""

from collections.abc import Iterable
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.chassis.outbox import store as outbox
from percorso.citizens.accesses import reads
from percorso.citizens.accesses.reads import Read
from percorso.citizens.accesses.shares import ShareState
from percorso.events import tracing
from percorso.events.ids import uuid7
from percorso.events.kafka.codec import encode
from percorso.events.topics import ACCESS

SQL = sql.load("percorso.citizens.accesses", "queries.sql")


async def note(connection: Connection, read: Read, members: Iterable[UUID]) -> None:
    """Write a read of the citizen with these subjects down, in the transaction that reads.

    Should the subjects turn out to be two people, each still sees who looked. What is read may be given away when the transaction is committed, not
    before.
    """
    traceparent = tracing.current_traceparent()
    records = [encode(event, traceparent) for event in reads.events(read, uuid7(), members)]
    await outbox.append(connection, ACCESS.name, *records)


async def apply(connection: Connection, state: ShareState) -> bool:
    """Take a share's state in; False if a later one is there, or this very one."""
    kept = await connection.fetchval(
        SQL["keep_share"],
        state.agency, state.service, state.reader, state.version, state.is_shared,
    )  # fmt: skip
    return kept is not None
