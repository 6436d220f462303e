"""The database's side of the vault: data keys, wrapped, and addresses, sealed."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.events.ids import uuid7
from percorso.identity.contacts import sealing
from percorso.identity.contacts.vault import AnotherMasterKey, Sealed

SQL = sql.load("percorso.identity.contacts", "queries.sql")

# The channels that have an address; each is a member of the citizen's contacts.
Kind = Literal["email", "phone"]
_MICROSECOND = timedelta(microseconds=1)


async def data_keys(connection: Connection, masters: Sequence[bytes]) -> Mapping[UUID, bytes]:
    """Return every data key, opened; one that an older of our master keys wrapped is wrapped anew.

    Where there is none yet, the first one is made. AnotherMasterKey: nothing is changed. Needs a
    transaction, and holds back every other process that does this.
    """
    await connection.execute(SQL["take_turn"])
    rows = await connection.fetch(SQL["data_keys"])
    if not rows:
        return await _first(connection, masters[0])
    by_id = {sealing.master_id(master): master for master in masters}
    opened = {UUID(bytes=row["key_id"].bytes): _opened(row, by_id) for row in rows}
    current = sealing.master_id(masters[0])
    for row in rows:
        if row["master_id"] != current:
            key_id = UUID(bytes=row["key_id"].bytes)
            wrapped = sealing.wrap(masters[0], opened[key_id], key_id=key_id)
            await connection.execute(SQL["wrap_data_key"], key_id, current, wrapped)
    return opened


async def keep(
    connection: Connection,
    subject: UUID,
    members: Sequence[UUID],
    contacts: Mapping[Kind, Sealed | None],
    now: datetime,
) -> None:
    """Keep what a subject says of its addresses; None: it has none of this kind.

    What is said now counts for the citizen, whatever the clock says. The caller holds the citizen.
    """
    newest = await connection.fetchval(SQL["newest_change"], members)
    at = max(now, newest + _MICROSECOND) if newest else now
    for kind, sealed in contacts.items():
        key_id, content = (sealed.key_id, sealed.content) if sealed else (None, None)
        await connection.execute(SQL["keep_contact"], subject, kind, key_id, content, at)


async def newest(
    connection: Connection, members: Sequence[UUID], kind: Kind
) -> tuple[UUID, Sealed] | None:
    """Return the citizen's address and whose it is; None where it has none, or removed it."""
    row = await connection.fetchrow(SQL["newest_contact"], members, kind)
    if row is None or row["sealed"] is None:
        return None
    sealed = Sealed(UUID(bytes=row["key_id"].bytes), row["sealed"])
    return UUID(bytes=row["subject"].bytes), sealed


async def _first(connection: Connection, master: bytes) -> Mapping[UUID, bytes]:
    key_id, data_key = uuid7(), sealing.new_data_key()
    wrapped = sealing.wrap(master, data_key, key_id=key_id)
    await connection.execute(
        SQL["add_data_key"], key_id, sealing.master_id(master), wrapped, datetime.now(UTC)
    )
    return {key_id: data_key}


def _opened(row: Record, by_id: Mapping[bytes, bytes]) -> bytes:
    master = by_id.get(row["master_id"])
    if master is None:
        raise AnotherMasterKey
    try:
        return sealing.unwrap(master, row["wrapped"], key_id=UUID(bytes=row["key_id"].bytes))
    except sealing.Unopened:
        raise AnotherMasterKey from None
