"""The table of codes that were taken; every function needs a transaction's connection."""

from datetime import datetime

from asyncpg import Connection

from percorso.chassis import sql

SQL = sql.load("percorso.portal.visitors", "queries.sql")


async def take(connection: Connection, digest: bytes, ends_at: datetime) -> bool:
    """Take a code; False where it was taken before."""
    return await connection.fetchval(SQL["take_visitor"], digest, ends_at) is not None


async def is_taken(connection: Connection, digest: bytes) -> bool:
    """Say whether a code was taken."""
    found: bool = await connection.fetchval(SQL["find_taken_visitor"], digest)
    return found


async def remove_ended(connection: Connection, now: datetime) -> None:
    """Forget the codes that are too old to be taken again."""
    await connection.execute(SQL["remove_ended_visitors"], now)
