"""The tables of messages and attempts; every function needs a transaction's connection."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.events.types.own import DUTIES
from percorso.notifications.delivery.outcomes import FAILURES, Outcome
from percorso.notifications.delivery.owed import Owed
from percorso.notifications.delivery.states import OUT, UNSETTLED, State, Step, before

SQL = sql.load("percorso.notifications.delivery", "queries.sql")


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is not settled, as it stood when it was read; `attempts` fences what is stored of it."""

    subject: UUID
    message_id: UUID
    purpose: str
    via: str
    expires_at: datetime
    attempts: int
    failures: int
    traceparent: str | None
    suggestion: str
    told_of: Sequence[UUID]
    is_cancelled: bool

    @property
    def is_duty(self) -> bool:
        """Say whether the message rests on law and not on consent."""
        return self.purpose == DUTIES

    def tells_only_of(self, members: Sequence[UUID]) -> bool:
        """Say whether its reasons tell of nobody but these subjects."""
        return set(self.told_of) <= set(members)

    def after(self, outcome: Outcome) -> "Message":
        """Return the message with the outcome counted, if it counts towards giving up."""
        return replace(self, failures=self.failures + 1) if outcome in FAILURES else self


@dataclass(frozen=True, slots=True)
class Standing:
    """How many messages of a channel wait, and when the first of them is due."""

    waiting: int
    due_at: datetime | None


async def take_turn(connection: Connection) -> None:
    """Hold back every other claim until the transaction ends."""
    await connection.execute(SQL["take_turn"])


async def sending_begins(connection: Connection) -> datetime:
    """Return from when on what is received is sent."""
    begins: datetime = await connection.fetchval(SQL["sending_begins"])
    return begins


async def record(
    connection: Connection, owed: Sequence[tuple[Owed, bytes, State]], now: datetime
) -> Set[UUID]:
    """Add what is owed, each with the hash of its code and its first state; return what was not there."""
    rows = [
        (*each[:-1], _array(each.told_of), digest, state.value, None if state in UNSETTLED else now)
        for each, digest, state in owed
    ]
    columns = [list(column) for column in zip(*rows, strict=True)]
    added = await connection.fetch(SQL["record_messages"], *columns)
    return _ids(added)


async def cancel(
    connection: Connection, needless: Sequence[tuple[UUID, UUID, datetime]]
) -> Set[UUID]:
    """Note subject, message and time of what is needed no more; return the messages newly noted."""
    columns = [list(column) for column in zip(*needless, strict=True)]
    return _ids(await connection.fetch(SQL["record_cancellations"], *columns))


async def due(connection: Connection, via: str, now: datetime, limit: int) -> list[Message]:
    """Return messages whose time has come."""
    return [_message(row) for row in await connection.fetch(SQL["due_messages"], via, now, limit)]


async def lost(connection: Connection, via: str, now: datetime, limit: int) -> list[Message]:
    """Return messages whose attempt nobody has in hand any more."""
    return [_message(row) for row in await connection.fetch(SQL["lost_messages"], via, now, limit)]


async def contacts(
    connection: Connection, subjects: Sequence[UUID], since: datetime
) -> list[datetime]:
    """Return when suggestions reached these subjects, or may have."""
    out = [state.value for state in OUT]
    rows = await connection.fetch(SQL["contacts"], subjects, DUTIES, out, since)
    return [row["attempted_at"] for row in rows]


async def begin(
    connection: Connection, message: Message, now: datetime, lease_until: datetime
) -> int | None:
    """Record an attempt and return its number; None if another has the message."""
    named = (message.subject, message.message_id)
    number: int | None = await connection.fetchval(
        SQL["begin_attempt"], *named, message.attempts, now, lease_until
    )
    if number is not None:
        await connection.execute(SQL["record_attempt"], *named, number, now)
    return number


async def end(connection: Connection, message: Message, outcome: Outcome, now: datetime) -> None:
    """Note what the attempt in hand came to, once."""
    await connection.execute(
        SQL["end_attempt"],
        message.subject, message.message_id, message.attempts, now, outcome.value,
    )  # fmt: skip


async def take_step(connection: Connection, message: Message, step: Step, now: datetime) -> bool:
    """Move the message on; False if it is elsewhere by now, and then nothing is changed."""
    moved = await connection.fetchval(
        SQL["take_step"],
        message.subject,
        message.message_id,
        message.attempts,
        [state.value for state in before(step.to)],
        step.to.value,
        step.reason,
        step.due_at,
        message.failures,
        None if step.to in UNSETTLED else now,
    )
    return moved is not None


async def standing(connection: Connection, via: str) -> Standing:
    """Return how many messages of a channel wait."""
    row = await connection.fetchrow(SQL["standing"], via)
    return Standing(row["waiting"], row["due_at"])


async def unfinished(connection: Connection) -> Mapping[str, int]:
    """Return how many messages wait, are being sent, or nobody knows of."""
    rows = await connection.fetch(SQL["unfinished"])
    return {"waiting": 0, "sending": 0, "unknown": 0} | {
        row["state"]: row["number"] for row in rows
    }


def _array(members: Sequence[UUID]) -> str:
    """Write an array as PostgreSQL reads it: it takes no lists of lists."""
    return f"{{{','.join(map(str, members))}}}"


def _message(row: Record) -> Message:
    subject, message_id, *rest = row
    return Message(UUID(bytes=subject.bytes), UUID(bytes=message_id.bytes), *rest)


def _ids(rows: Sequence[Record]) -> Set[UUID]:
    return {UUID(bytes=row["message_id"].bytes) for row in rows}
