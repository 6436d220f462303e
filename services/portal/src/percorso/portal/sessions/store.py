"""The table of sessions; every function needs a transaction's connection."""

from datetime import datetime
from typing import NamedTuple

from asyncpg import Connection

from percorso.chassis import sql
from percorso.portal.sessions.session import Session

SQL = sql.load("percorso.portal.sessions", "queries.sql")


class Kept(NamedTuple):
    """A session's row."""

    sealed: bytes
    used_at: datetime
    ends_at: datetime


async def add(connection: Connection, session: Session, now: datetime) -> None:
    """Begin a session."""
    secret = session.secret
    sealed = secret.seal(session.content.model_dump_json().encode())
    await connection.execute(SQL["add_session"], secret.digest, sealed, now, session.ends_at)


async def find(
    connection: Connection, digest: bytes, now: datetime, used_since: datetime
) -> Kept | None:
    """Return a session that lives; None where there is none of this digest."""
    row = await connection.fetchrow(SQL["find_session"], digest, now, used_since)
    return None if row is None else Kept(**row)


async def use(connection: Connection, digest: bytes, now: datetime) -> None:
    """Note that a session was used."""
    await connection.execute(SQL["use_session"], digest, now)


async def remove(connection: Connection, digest: bytes) -> None:
    """End a session; one that is gone may be ended again."""
    await connection.execute(SQL["remove_session"], digest)


async def remove_ended(connection: Connection, now: datetime, used_since: datetime) -> None:
    """Forget the sessions that live no more."""
    await connection.execute(SQL["remove_ended_sessions"], now, used_since)


async def count(connection: Connection) -> int:
    """Return how many sessions there are, those among them that ended a moment ago."""
    counted: int = await connection.fetchval(SQL["count_sessions"])
    return counted
