"""The access log in identity's database: entries are added, and read by their citizen."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.identity.access.cursor import Place
from percorso.identity.access.entries import Access, Entry

SQL = sql.load("percorso.identity.access", "queries.sql")


async def note(connection: Connection, access: Access, at: datetime) -> bool:
    """Write an access down, in the transaction that gives something away; whether it is new.

    Once, however often.
    """
    noted = await connection.fetchval(
        SQL["note"],
        access.subject, access.id, at, access.who, access.action, access.purpose,
        access.reference, access.role, access.operator,
    )  # fmt: skip
    return noted is not None


async def page(
    connection: Connection, members: Sequence[UUID], *, after: Place | None, limit: int
) -> list[Entry]:
    """Return entries of all these subjects, the newest first; one that is several subjects' once."""
    at, entry_id = after or (None, None)
    rows = await connection.fetch(SQL["page"], members, at, entry_id, limit)
    return [
        Entry(
            UUID(bytes=row["entry_id"].bytes),
            row["at"],
            row["who"],
            row["action"],
            row["purpose"],
            row["reference"],
            row["role"],
        )
        for row in rows
    ]
