"""Messages as their citizens see them; every function needs a transaction's connection."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.events.types.own import DUTIES
from percorso.notifications.delivery.states import State
from percorso.notifications.inbox.cursor import Place

SQL = sql.load("percorso.notifications.inbox", "queries.sql")

# A failed duty is there too: that it could not be sent makes it no less owed.
_THERE = [each.value for each in (State.SENT, State.DELIVERED, State.UNKNOWN)]
_TOP = Place(datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1))


class Opened(NamedTuple):
    """A message that was read just now: whose, and its suggestion as JSON."""

    subject: UUID
    suggestion: str


async def page(
    connection: Connection, subjects: Sequence[UUID], after: Place | None, limit: int
) -> list[Record]:
    """Return up to `limit` messages of a citizen beyond a place, newest first."""
    there = [*_THERE, State.READ.value]
    rows: list[Record] = await connection.fetch(
        SQL["inbox_page"], subjects, there, DUTIES, *(after or _TOP), limit
    )
    return rows


async def open_message(
    connection: Connection, subjects: Sequence[UUID], message_id: UUID, now: datetime
) -> Opened | None:
    """Note that a citizen has read a message; None if there is none, or it was read before."""
    row = await connection.fetchrow(SQL["mark_read"], subjects, message_id, now, _THERE, DUTIES)
    return row and Opened(UUID(bytes=row["subject"].bytes), row["suggestion"])


async def was_read(connection: Connection, subjects: Sequence[UUID], message_id: UUID) -> bool:
    """Say whether a citizen has read a message."""
    found: bool = await connection.fetchval(SQL["was_read"], subjects, message_id)
    return found
