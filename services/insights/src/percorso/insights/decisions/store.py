"""Query functions over marks, decisions and what decisions are made of; each takes a connection inside a transaction."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from asyncpg import Connection
from asyncpg import Record as Row

from percorso.chassis import sql
from percorso.insights.decisions.inputs import Suggested
from percorso.insights.decisions.records import Record
from percorso.insights.facts.rows import Fact, Place
from percorso.insights.rules import Ruleset
from percorso.insights.suggestions.states import State

SQL = sql.load("percorso.insights.decisions", "queries.sql")

MAX_WAITING = 10_000  # counted; beyond, it is said that there are more
FIRST = (UUID(int=0), UUID(int=0))


class Mark(NamedTuple):
    """That it is to be decided about a subject's citizen, since something was received."""

    subject: UUID
    mark: UUID
    since: datetime
    traceparent: str | None


class Waiting(NamedTuple):
    """How many marks are due, `MAX_WAITING` at the most, and since when the oldest."""

    marks: int
    since: datetime | None


class Reviewing(NamedTuple):
    """The set that went live last, and from when on facts were looked at again since."""

    version: str
    reviewed_from: datetime


async def take_citizens(connection: Connection, subjects: Iterable[UUID]) -> None:
    """Hold back whoever marks one of these subjects' citizens, until the transaction ends."""
    await connection.execute(SQL["take_citizens"], list(subjects))


async def mark(
    connection: Connection,
    marks: Sequence[Mark],
    *,
    triggers: Collection[str],
    since: datetime,
    now: datetime,
) -> None:
    """Have it decided about the citizens of these subjects to whom a trigger occurred after `since`.

    And about those who may still take up a suggestion. A mark that is there already stays as it is.
    """
    subjects, ids, received, parents = zip(*marks, strict=True)
    await connection.execute(
        SQL["mark"], subjects, ids, received, parents, sorted(triggers), now, since
    )


async def postpone(connection: Connection, again_at: Mapping[UUID, datetime]) -> None:
    """Have it decided again about citizens, at these times or before."""
    await connection.execute(SQL["postpone"], list(again_at), list(again_at.values()))


async def take(connection: Connection, now: datetime, limit: int) -> list[Mark]:
    """Hold the oldest marks that are due and that nobody holds."""
    return [Mark(*row) for row in await connection.fetch(SQL["take"], now, limit)]


async def remove(connection: Connection, marks: Sequence[Mark]) -> None:
    """Take marks away that were decided about."""
    await connection.execute(SQL["remove"], *_columns([each[:2] for each in marks]))


async def push_back(connection: Connection, marks: Sequence[Mark], until: datetime) -> None:
    """Look at marks again later: deciding about them failed."""
    await connection.execute(SQL["push_back"], *_columns([each[:2] for each in marks]), until)


async def sets(connection: Connection, subjects: Iterable[UUID]) -> Mapping[UUID, tuple[UUID, ...]]:
    """Return with whom each subject is one citizen, in order; itself alone without links."""
    wanted = list(subjects)
    rows = await connection.fetch(SQL["sets"], wanted)
    found = {subject: tuple(sorted(members)) for subject, members in rows}
    return {subject: found.get(subject, (subject,)) for subject in wanted}


async def take_turns(connection: Connection, citizens: Iterable[UUID]) -> set[UUID]:
    """Return the citizens about whom nobody else decides until the transaction ends."""
    rows = await connection.fetch(SQL["take_turns"], list(citizens))
    return {citizen for (citizen,) in rows}


async def facts(
    connection: Connection, subjects: Iterable[UUID], types: Iterable[str]
) -> Mapping[UUID, list[Fact]]:
    """Return what counts of each subject, of these types, however long ago it occurred."""
    found: defaultdict[UUID, list[Fact]] = defaultdict(list)
    for row in await connection.fetch(SQL["facts"], list(subjects), list(types)):
        found[row[0]].append(Fact(*row))
    return found


async def facts_at(connection: Connection, places: Sequence[Place]) -> Mapping[Place, Fact]:
    """Return facts by where they stand, withdrawn since or not."""
    rows = await connection.fetch(SQL["facts_at"], *_columns(places)) if places else []
    return {row[:4]: Fact(*row) for row in rows}


async def suggested(
    connection: Connection, subjects: Iterable[UUID], since: datetime, now: datetime
) -> Mapping[UUID, list[Suggested]]:
    """Return what was suggested to each subject since then, and what may still be taken up."""
    found: defaultdict[UUID, list[Suggested]] = defaultdict(list)
    for row in await connection.fetch(SQL["suggested"], list(subjects), since, now):
        found[row["subject"]].append(_suggested(row))
    return found


async def record(connection: Connection, records: Sequence[Record]) -> None:
    """Keep decisions."""
    await connection.execute(SQL["record_decisions"], *_columns(records))


async def page(connection: Connection, after: tuple[UUID, UUID], limit: int) -> list[Record]:
    """Return decisions after one, in the order of subject and time; from `FIRST` on all of them."""
    return [Record(*row) for row in await connection.fetch(SQL["page"], *after, limit)]


async def one(connection: Connection, subject: UUID, decision_id: UUID) -> Record | None:
    """Return a decision."""
    row = await connection.fetchrow(SQL["one"], subject, decision_id)
    return None if row is None else Record(*row)


async def newest(connection: Connection, subjects: Iterable[UUID]) -> Record | None:
    """Return what was decided last under any of these subjects."""
    rows = [await connection.fetchrow(SQL["newest"], subject) for subject in subjects]
    found = [Record(*row) for row in rows if row is not None]
    return max(found, key=lambda each: each.decision_id, default=None)


async def files(connection: Connection, version: str) -> dict[str, bytes] | None:
    """Return the files of a set of rules that decided."""
    content = await connection.fetchval(SQL["ruleset"], version)
    if content is None:
        return None
    return {name: text.encode() for name, text in msgspec.json.decode(content).items()}


async def take_review_turn(connection: Connection) -> bool:
    """Say whether this transaction alone may change or review the live set."""
    return bool(await connection.fetchval(SQL["take_review_turn"]))


async def live(connection: Connection) -> Reviewing | None:
    """Return the set that went live last."""
    row = await connection.fetchrow(SQL["live_ruleset"])
    return None if row is None else Reviewing(*row)


async def activate(connection: Connection, ruleset: Ruleset, now: datetime) -> None:
    """Keep a set, and let it be the live one: all facts of late are to be looked at again."""
    texts = {name: raw.decode() for name, raw in ruleset.files.items()}
    content = msgspec.json.encode(texts).decode()
    await connection.execute(SQL["activate"], ruleset.version, content, now)


async def review(
    connection: Connection,
    mark_id: UUID,
    now: datetime,
    *,
    received: tuple[datetime, datetime],
    occurred_after: datetime,
    triggers: Collection[str],
) -> None:
    """Have it decided about all to whom a trigger occurred, of what was received in that time."""
    await connection.execute(
        SQL["review"], mark_id, now, *received, occurred_after, sorted(triggers)
    )


async def reviewed(connection: Connection, version: str, down_to: datetime) -> None:
    """Note from when on facts were looked at again."""
    await connection.execute(SQL["reviewed"], version, down_to)


async def waiting(connection: Connection, now: datetime) -> Waiting:
    """Return how much is due, and since when."""
    return Waiting(*await connection.fetchrow(SQL["waiting"], now, MAX_WAITING))


def _suggested(row: Row) -> Suggested:
    return Suggested(
        subject=row["subject"],
        id=row["suggestion_id"],
        service=row["service"],
        event_key=row["event_key"],
        purpose=row["purpose"],
        made_at=row["made_at"],
        expires_at=row["expires_at"],
        state=State(row["state"]),
        is_withdrawn=row["is_withdrawn"],
        rests_on=tuple(row["rests_on"]),
    )


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
