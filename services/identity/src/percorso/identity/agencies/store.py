"""What the database knows of agencies."""

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.identity.agencies.registrations import Agency, Registration, check_free

SQL = sql.load("percorso.identity.agencies", "queries.sql")


async def register(connection: Connection, asked: Registration) -> tuple[Agency, bool]:
    """Add what is asked and not there yet; whether the agency is new. SourceTaken: nothing changed.

    Only adds: sources and the right to assert links are never taken away here. Must run in a
    transaction, which holds every other registration back until it ends.
    """
    await connection.execute(SQL["take_turn"])
    others = await connection.fetch(SQL["sources_of_others"], asked.code)
    check_free(asked.sources, (row["prefix"] for row in others))
    is_new = await connection.fetchval(SQL["add_agency"], asked.code) is not None
    await connection.execute(SQL["add_sources"], asked.code, list(asked.sources))
    if asked.links:
        await connection.execute(SQL["allow_links"], asked.code)
    return _agency(await connection.fetchrow(SQL["one_agency"], asked.code)), is_new


async def page(connection: Connection, *, after: str, limit: int) -> list[Agency]:
    """Return agencies whose codes come after `after`, in the order of codes."""
    return [_agency(row) for row in await connection.fetch(SQL["page_of_agencies"], after, limit)]


async def every(connection: Connection) -> list[Agency]:
    """Return all agencies; they are as many as Italy has public bodies: 23,000 at the most."""
    return [_agency(row) for row in await connection.fetch(SQL["all_agencies"])]


def _agency(row: Record) -> Agency:
    return Agency(row["code"], row["links"], tuple(row["sources"]), row["created_at"])
