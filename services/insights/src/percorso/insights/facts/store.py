"""Query functions over facts; each takes a connection inside a transaction."""

from collections.abc import Collection, Mapping, Sequence

from asyncpg import Connection

from percorso.chassis import sql
from percorso.insights.facts.rows import Fact, Key, Place

SQL = sql.load("percorso.insights.facts", "queries.sql")


async def record(connection: Connection, facts: Sequence[Fact]) -> Mapping[Place, bool]:
    """Add facts; return the places of those that were not there, and whether each is withdrawn."""
    rows = await connection.fetch(SQL["record_facts"], *_columns(facts))
    return {row[:4]: row["is_hidden"] for row in rows}


async def hide(connection: Connection, keys: Collection[Key]) -> set[Key]:
    """Hide facts for ever, there or not; return the keys that nothing had hidden before."""
    rows = await connection.fetch(SQL["record_withdrawals"], *_columns(sorted(keys)))
    return {(row["subject"], row["about_key"]) for row in rows}


async def by_key(connection: Connection, keys: Collection[Key]) -> list[Fact]:
    """Return the facts with these keys that are there, hidden or not."""
    rows = await connection.fetch(SQL["facts_by_key"], *_columns(sorted(keys)))
    return [Fact(*row) for row in rows]


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
