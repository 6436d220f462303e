"""Dead letters as rows: recorded with the batch that met them, listed, redriven, discarded."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from asyncpg import Connection, Record

from percorso.chassis.consumption.statements import SQL
from percorso.chassis.packing import pack, unpack
from percorso.chassis.problems import Problem
from percorso.events.catalogue import CATALOGUE
from percorso.events.errors import Reason
from percorso.events.kafka.batch import DeadLetter, Position

NEWEST = 2**63 - 1

_AGENCY = re.compile(rb"[a-z0-9_]{2,32}")


class UnknownLetter(Problem):
    """No such dead letter."""

    status = 404
    slug = "unknown-dead-letter"
    title = "There is no such dead letter"


@dataclass(frozen=True, slots=True)
class Letter:
    """A record that could not be applied, as operators see it: nothing that could name a person.

    `type` and `agency` are None where the record's are not of the catalogue or of an agency's form.
    """

    id: int
    topic: str
    partition: int
    offset: int
    reason: Reason
    bytes: int | None
    recorded_at: datetime
    attempts: int
    type: str | None
    agency: str | None


@dataclass(frozen=True, slots=True)
class StoredLetter:
    """A letter whole, shaped like the record it was."""

    id: int
    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


async def record(connection: Connection, topic: str, letters: Sequence[DeadLetter]) -> None:
    """Keep the letters in the transaction that passes them; the same record is kept once."""
    if not letters:
        return
    await connection.execute(
        SQL["record_dead_letters"],
        topic,
        [letter.position.partition for letter in letters],
        [letter.position.offset for letter in letters],
        [letter.reason.value for letter in letters],
        [letter.key for letter in letters],
        [letter.value for letter in letters],
        [pack(letter.headers) for letter in letters],
        [_digest(letter) for letter in letters],
        datetime.now(UTC),
    )


async def page(
    connection: Connection, *, before: int = NEWEST, reason: str | None, limit: int
) -> list[Letter]:
    """Return letters older than `before`, newest first."""
    rows = await connection.fetch(SQL["list_dead_letters"], before, reason, limit)
    return [_letter(row) for row in rows]


async def show(connection: Connection, id: int) -> Letter:  # noqa: A002 - the API's word
    """Return one letter, or raise UnknownLetter."""
    return _letter(_found(await connection.fetchrow(SQL["show_dead_letter"], id)))


async def take(connection: Connection, id: int) -> StoredLetter:  # noqa: A002
    """Return one letter whole and hold it until the transaction ends, or raise UnknownLetter."""
    row = _found(await connection.fetchrow(SQL["lock_dead_letter"], id))
    return StoredLetter(
        row["id"], row["topic"], row["partition"], row["offset"],
        row["key"], row["value"], unpack(row["headers"]),
    )  # fmt: skip


async def refuse(connection: Connection, id: int, reason: Reason) -> None:  # noqa: A002
    """Note that a redrive failed."""
    await connection.execute(SQL["refuse_dead_letter"], id, reason.value)


async def remove(connection: Connection, id: int) -> Reason:  # noqa: A002
    """Forget one letter and return why it was one, or raise UnknownLetter."""
    return Reason(_found(await connection.fetchrow(SQL["remove_dead_letter"], id))["reason"])


async def count(connection: Connection) -> int:
    """Return how many letters wait."""
    return int(await connection.fetchval(SQL["count_dead_letters"]))


def redriven(letter: StoredLetter, reason: Reason) -> DeadLetter:
    """Return the letter as it would be if it failed again now."""
    position = Position(letter.partition, letter.offset)
    return DeadLetter(position, reason, letter.key, letter.value, letter.headers)


def _found(row: Record | None) -> Record:
    if row is None:
        raise UnknownLetter
    return row


def _letter(row: Record) -> Letter:
    headers = dict(unpack(row["headers"]))
    event_type = headers.get("ce_type", b"").decode("utf-8", "replace")
    agency = headers.get("ce_agency", b"")
    return Letter(
        id=row["id"],
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        reason=Reason(row["reason"]),
        bytes=row["bytes"],
        recorded_at=row["recorded_at"],
        attempts=row["attempts"],
        type=event_type if event_type in CATALOGUE else None,
        agency=agency.decode() if _AGENCY.fullmatch(agency) else None,
    )


def _digest(letter: DeadLetter) -> bytes:
    return sha256(repr((letter.key, letter.value, letter.headers)).encode()).digest()
