"""Query functions over suggestions; each takes a connection inside a transaction."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.insights.suggestions.states import OPEN, State

SQL = sql.load("percorso.insights.suggestions", "queries.sql")


class Reasons(NamedTuple):
    """What is said to a citizen in a suggestion, and on what it rests, as the statements take it.

    Events and subjects are written as PostgreSQL writes arrays: it takes no lists of lists.
    """

    subject: UUID
    suggestion_id: UUID
    expires_at: datetime
    rule: str
    priority: int
    words: str
    rests_on: str
    told_of: str
    decided_for: UUID
    decision_id: UUID


class Origin(NamedTuple):
    """What stays of a suggestion whatever becomes of its grounds."""

    service: str
    agency: str
    event_key: UUID
    purpose: str
    via: str
    made_at: datetime


class Kept(NamedTuple):
    """A suggestion, and where it stands."""

    subject: UUID
    suggestion_id: UUID
    service: str
    agency: str
    event_key: UUID
    via: str
    made_at: datetime
    expires_at: datetime
    told_of: Sequence[UUID]
    decided_for: UUID
    decision_id: UUID
    state: State
    later_until: datetime | None
    is_withdrawn: bool

    def state_at(self, now: datetime) -> State:
        """Return its state as it is told: one that is open may be withdrawn or expired."""
        if self.state not in OPEN:
            return self.state
        if self.is_withdrawn:
            return State.WITHDRAWN
        return State.EXPIRED if self.expires_at <= now else self.state


async def make(connection: Connection, rows: Sequence[tuple[Reasons, Origin]]) -> set[UUID]:
    """Keep suggestions; return those that were not made before."""
    flat = [(*reasons, *origin) for reasons, origin in rows]
    found = await connection.fetch(SQL["make"], *_columns(flat))
    return {suggestion for (suggestion,) in found}


async def renew(connection: Connection, rows: Sequence[Reasons]) -> None:
    """Tell the reasons of suggestions anew."""
    await connection.execute(SQL["renew"], *_columns(rows))


async def turn(connection: Connection, turned: Sequence[tuple[UUID, UUID, bool]]) -> None:
    """Note of each subject's suggestion whether it is withdrawn."""
    await connection.execute(SQL["turn"], *_columns(turned))


async def visible(
    connection: Connection, subjects: Iterable[UUID], now: datetime, limit: int
) -> list[Record]:
    """Return what these subjects may take up now, the best first."""
    rows: list[Record] = await connection.fetch(SQL["visible"], list(subjects), now, limit)
    return rows


async def visible_to(
    connection: Connection, subjects: Iterable[UUID], now: datetime, limit: int, reader: str
) -> list[Record]:
    """Return of these what rests on nothing but what an agency reported, or others share with it."""
    rows: list[Record] = await connection.fetch(
        SQL["visible_to"], list(subjects), now, limit, reader
    )
    return rows


async def one(connection: Connection, subjects: Iterable[UUID], suggestion_id: UUID) -> Kept | None:
    """Return a suggestion to one of these subjects."""
    return _kept(await connection.fetchrow(SQL["one"], list(subjects), suggestion_id))


async def hold(
    connection: Connection, subjects: Iterable[UUID], suggestion_id: UUID
) -> Kept | None:
    """Return a suggestion to one of these subjects, and hold it until the transaction ends."""
    return _kept(await connection.fetchrow(SQL["hold"], list(subjects), suggestion_id))


async def move(
    connection: Connection,
    kept: Kept,
    state: State,
    *,
    shown_at: datetime | None,
    later_until: datetime | None,
    closed_at: datetime | None,
) -> None:
    """Note where a reaction has led, and when."""
    await connection.execute(
        SQL["move"], kept.subject, kept.suggestion_id, state, shown_at, later_until, closed_at
    )


def array(members: Iterable[UUID]) -> str:
    """Write an array as PostgreSQL reads it."""
    return f"{{{','.join(map(str, members))}}}"


def _kept(row: Record | None) -> Kept | None:
    return None if row is None else Kept(*row)._replace(state=State(row["state"]))


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
