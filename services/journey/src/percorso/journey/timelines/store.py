"""Query functions over timelines; each takes a connection inside a transaction."""

from collections.abc import Sequence, Set
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.journey.timelines.facts import Touchpoint, Withdrawal
from percorso.journey.timelines.news import CHANNEL, News, Place, payloads

SQL = sql.load("percorso.journey.timelines", "queries.sql")

Order = Literal["asc", "desc"]

# asyncpg writes these two as -infinity and infinity.
BEGINNING = datetime.min.replace(tzinfo=UTC)
END = datetime.max.replace(tzinfo=UTC)
_FIRST_PLACE: dict[Order, Place] = {
    "asc": (BEGINNING, -1, UUID(int=0)),
    "desc": (END, 2**63 - 1, UUID(int=2**128 - 1)),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Which touchpoints of a timeline are wanted, by when they occurred and by their facts.

    `since` is inclusive, `until` exclusive; a fact that is None wants all. With `known_at`, only
    what had been received by then, and not yet withdrawn by then. With `reader`, only what that
    agency reported, and what others share with it.
    """

    since: datetime = BEGINNING
    until: datetime = END
    service: str | None = None
    channel: str | None = None
    type: str | None = None
    agency: str | None = None
    matter: str | None = None
    known_at: datetime | None = None
    reader: str | None = None


async def record(connection: Connection, touchpoints: Sequence[Touchpoint]) -> Set[UUID]:
    """Add touchpoints, no place given twice; return the event keys of those that were not there.

    To return whole places would cost the client as much as all the rest.
    """
    added = await connection.fetch(SQL["record_touchpoints"], *_columns(touchpoints))
    return {key for (key,) in added}


async def present(connection: Connection, touchpoints: Sequence[Touchpoint]) -> Set[int]:
    """Return the indices of those that are there already."""
    places = _columns([touchpoint.place for touchpoint in touchpoints])
    rows = await connection.fetch(SQL["present_touchpoints"], *places)
    return {ordinal - 1 for (ordinal,) in rows}


async def differing(
    connection: Connection, again: Sequence[Touchpoint]
) -> list[tuple[int, str, str]]:
    """Return index, stored type and stored payload of those that stand there with other bytes."""
    rows = await connection.fetch(
        SQL["differing_touchpoints"],
        *_columns([touchpoint.place for touchpoint in again]),
        [touchpoint.type for touchpoint in again],
        [touchpoint.touchpoint for touchpoint in again],
    )
    return [(row["ordinal"] - 1, row["type"], row["touchpoint"]) for row in rows]


async def record_withdrawals(connection: Connection, withdrawals: Sequence[Withdrawal]) -> None:
    """Hide what the withdrawals are about, for ever and whether it is there yet or not."""
    await connection.execute(SQL["record_withdrawals"], *_columns(withdrawals))


async def page(
    connection: Connection,
    subject: UUID,
    *,
    wanted: Selection,
    order: Order,
    after: Place | None,
    limit: int,
) -> list[Record]:
    """Return up to `limit` touchpoints of one subject beyond the place `after`, none withdrawn."""
    statement = SQL["page_ascending" if order == "asc" else "page_descending"]
    place = after or _FIRST_PLACE[order]
    rows: list[Record] = await connection.fetch(statement, subject, *astuple(wanted), *place, limit)
    return rows


async def one(connection: Connection, subject: UUID, at: Place) -> Record | None:
    """Return the touchpoint at a place, None if it is not there or withdrawn."""
    return await connection.fetchrow(SQL["one_touchpoint"], subject, *at)


async def announce(connection: Connection, news: Sequence[News]) -> None:
    """Tell listeners of new touchpoints when the transaction commits."""
    for payload in payloads(news):
        await connection.execute(SQL["announce"], CHANNEL, payload)


def place(row: Record) -> Place:
    """Return where a row stands in its timeline."""
    return row["occurred_at"], row["sequence"], UUID(bytes=row["event_key"].bytes)


async def make_partitions(connection: Connection, now: datetime) -> tuple[datetime, datetime]:
    """Make the partitions that are missing; return the times (from, to exclusive) they hold."""
    row = await connection.fetchrow(SQL["make_partitions"], now)
    return row["lower_bound"], row["upper_bound"]


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
