"""Query functions over metrics and what they are counted from; each takes a connection inside a transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.insights.experience.contributions import MATTER_TYPES, Row, Unit
from percorso.insights.facts.rows import Fact

SQL = sql.load("percorso.insights.experience", "queries.sql")
_MATTER_TYPES = sorted(MATTER_TYPES)


class Selection(NamedTuple):
    """Which rows of a metric are wanted, by what they are kept by; None wants all."""

    service: str | None = None
    agency: str | None = None
    channel: str | None = None
    area: str | None = None


async def facts_of_matters(connection: Connection, units: Collection[Unit]) -> list[Fact]:
    """Return the facts of these matters that count, of the types that matter to a matter."""
    found = await connection.fetch(SQL["facts_of_matters"], *_columns(list(units)), _MATTER_TYPES)
    return [Fact(*row) for row in found]


async def add(connection: Connection, rows: Sequence[Row]) -> None:
    """Add to metrics, in the order of the rows' keys, in which the rows must come.

    Whoever else adds to the same rows waits until this transaction ends: let it be its last
    statement, and call it once.
    """
    await _add(connection, SQL["add_to_minutes"], rows)


async def windows(
    connection: Connection, metric: str, bounds: Sequence[datetime], wanted: Selection
) -> list[Record]:
    """Return `number` (from 1, the window that begins at the first bound), `bucket`, `count`, `sum`.

    The last bound is where the last window ends; windows and buckets without counts are left out.
    """
    found: list[Record] = await connection.fetch(
        SQL["windows"], metric, bounds, bounds[0], bounds[-1], *wanted
    )
    return found


async def _add(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    if rows:
        flat = [(*cell, times, total) for cell, times, total in rows]
        await connection.execute(statement, *_columns(flat))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
