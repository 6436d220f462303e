"""The table of consents that a service keeps; every function needs a transaction's connection."""

from collections.abc import Iterable
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.citizens.consents.facts import ConsentState, Purpose

SQL = sql.load("percorso.citizens.consents", "queries.sql")


async def apply(connection: Connection, state: ConsentState) -> bool:
    """Take a consent's state in; False if a later one is there, or this very one."""
    kept = await connection.fetchval(
        SQL["keep_consent"],
        state.subject, state.purpose, state.channel, state.version, state.is_given,
        state.decided_at,
    )  # fmt: skip
    return kept is not None


async def of(
    connection: Connection, subjects: Iterable[UUID], purpose: Purpose
) -> list[ConsentState]:
    """Return what these subjects said last of a purpose, of each channel."""
    rows = await connection.fetch(SQL["consents_of"], list(subjects), purpose)
    return [
        ConsentState(
            UUID(bytes=row["subject"].bytes),
            purpose,
            row["channel"],
            row["version"],
            row["is_given"],
            row["decided_at"],
        )
        for row in rows
    ]
