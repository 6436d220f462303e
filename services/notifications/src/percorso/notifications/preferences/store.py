"""The table of preferences; every function needs a transaction's connection."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.notifications.preferences.preferences import Preferences
from percorso.notifications.preferences.quiet_hours import QuietHours

SQL = sql.load("percorso.notifications.preferences", "queries.sql")


async def keep(
    connection: Connection, subject: UUID, preferences: Preferences, now: datetime
) -> None:
    """Store what a subject prefers from now on."""
    begin, end = preferences.quiet_hours or (None, None)
    await connection.execute(
        SQL["keep_preferences"], subject, begin, end, preferences.language, now
    )


async def of(connection: Connection, subjects: Sequence[UUID]) -> Preferences:
    """Return what these subjects of one citizen said last; the defaults if they said nothing."""
    row = await connection.fetchrow(SQL["preferences_of"], subjects)
    if row is None:
        return Preferences()
    begin, end, language = row
    return Preferences(begin and QuietHours(begin, end), language)
