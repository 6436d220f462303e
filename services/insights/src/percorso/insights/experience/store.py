"""Query functions over metrics and what they are counted from; each takes a connection inside a transaction."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.events.types.own import CHANNEL_OF
from percorso.insights.experience.contributions import MATTER_TYPES, Row, Unit
from percorso.insights.experience.families.suggestions import Happening, Kind
from percorso.insights.experience.metric import Cell
from percorso.insights.facts.rows import Fact

SQL = sql.load("percorso.insights.experience", "queries.sql")
_MATTER_TYPES = sorted(MATTER_TYPES)
_CHUNK = 5_000  # rows held in memory while a table is read whole: some megabytes


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


async def take_turn(connection: Connection) -> None:
    """Wait until no other transaction rebuilds; let this one be idle for as long as it takes."""
    await connection.execute(SQL["take_turn"])
    await allow_waiting(connection)


async def allow_waiting(connection: Connection) -> None:
    """Let this transaction be idle for as long as it takes."""
    await connection.execute(SQL["allow_waiting"])


async def facts(connection: Connection) -> AsyncIterator[list[Fact]]:
    """Yield every fact that counts, those of a citizen one after the other; no list is empty."""
    async for chunk in _chunks(connection, SQL["facts_in_order"]):
        yield [Fact(*row) for row in chunk]


async def happenings(connection: Connection) -> AsyncIterator[list[Happening]]:
    """Yield what became of every suggestion."""
    async for chunk in _chunks(connection, SQL["happenings"]):
        yield [
            Happening(
                Kind(row["kind"]), row["service"], row["agency"], CHANNEL_OF[row["via"]], row["at"]
            )
            for row in chunk
        ]


async def minutes(connection: Connection) -> AsyncIterator[list[Row]]:
    """Yield every row of metrics that is not zero, in the order of their keys."""
    async for chunk in _chunks(connection, SQL["minutes_in_order"]):
        yield list(map(_row, chunk))


async def corrections(connection: Connection) -> AsyncIterator[list[Row]]:
    """Yield what is to be added to metrics, in the order of their keys."""
    async for chunk in _chunks(connection, SQL["corrections_in_order"]):
        yield list(map(_row, chunk))


async def add_to_corrections(connection: Connection, rows: Sequence[Row]) -> None:
    """Add to what is to be added to metrics."""
    await _add(connection, SQL["add_to_corrections"], rows)


async def apply_corrections(connection: Connection) -> int:
    """Add to metrics what is to be added; return how many of their rows that changed."""
    done: str = await connection.execute(SQL["apply_corrections"])
    return int(done.rpartition(" ")[2])


async def clear_corrections(connection: Connection) -> None:
    """Leave nothing that is to be added."""
    await connection.execute(SQL["clear_corrections"])


async def _add(connection: Connection, statement: str, rows: Sequence[Row]) -> None:
    if rows:
        flat = [(*cell, times, total) for cell, times, total in rows]
        await connection.execute(statement, *_columns(flat))


async def _chunks(connection: Connection, statement: str) -> AsyncIterator[list[Record]]:
    cursor = await connection.cursor(statement)
    while chunk := await cursor.fetch(_CHUNK):
        yield chunk


def _row(record: Record) -> Row:
    return Row(Cell(*record[:7]), record[7], record[8])


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
