"""Finds the message of a code; needs a transaction's connection."""

from datetime import datetime
from typing import NamedTuple

from asyncpg import Connection

from percorso.chassis import sql
from percorso.notifications.delivery.outcomes import MAY_HAVE_LEFT
from percorso.notifications.delivery.states import OUT

SQL = sql.load("percorso.notifications.verification", "queries.sql")


class Found(NamedTuple):
    """What may be told of a message to whoever holds its code: nothing of the citizen."""

    purpose: str
    via: str
    suggestion: str
    sent_at: datetime


async def find(connection: Connection, digest: bytes) -> Found | None:
    """Return the message that left with the code of this hash, or may have; None if there is none."""
    row = await connection.fetchrow(
        SQL["message_of_code"],
        digest,
        [state.value for state in OUT],
        [outcome.value for outcome in MAY_HAVE_LEFT],
    )
    return row and Found(*row)
