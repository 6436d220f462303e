"""Shares in identity's database: one agency's decision at a time, published with its transaction."""

from datetime import datetime

from asyncpg import Connection

from percorso.chassis import sql
from percorso.chassis.outbox import store as outbox
from percorso.citizens.accesses import shares
from percorso.citizens.accesses import store as shares_store
from percorso.citizens.accesses.shares import ShareState
from percorso.events import tracing
from percorso.events.kafka.codec import encode_fact
from percorso.events.topics import IDENTITY

SQL = sql.load("percorso.identity.shares", "queries.sql")


async def decide(connection: Connection, wanted: ShareState, now: datetime) -> bool:
    """Let a share be as wanted, whatever version that names; whether that changed anything.

    Needs a transaction, and holds back every other one about the same agency's shares.
    """
    await connection.execute(SQL["take_turn"], wanted.agency)
    kept = await connection.fetchrow(SQL["one"], wanted.reader, wanted.agency, wanted.service)
    version, is_shared = kept or (0, False)
    if is_shared == wanted.is_shared:
        return False
    state = ShareState(wanted.agency, wanted.service, wanted.reader, version + 1, wanted.is_shared)
    await shares_store.apply(connection, state)
    fact = shares.to_fact(state, now, tracing.current_traceparent())
    await outbox.append(connection, IDENTITY.name, encode_fact(fact))
    return True


async def given(connection: Connection, agency: str, limit: int) -> list[tuple[str, str]]:
    """Return what an agency shares: service and reader, in that order."""
    rows = await connection.fetch(SQL["given"], agency, limit)
    return [(row["service"], row["reader"]) for row in rows]
