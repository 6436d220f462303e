"""Takes in what other services showed to operators: the citizen sees each of it once."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from asyncpg import Connection

from percorso.chassis.consumption.applying import Stored
from percorso.citizens.accesses.reads import ACCESSED
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.kafka.batch import Delivery
from percorso.events.types.own import Shown
from percorso.identity.access import store
from percorso.identity.access.entries import Access


class _Said(msgspec.Struct, frozen=True):
    """The payload (`RecordAccessed`)."""

    entry: UUID
    action: Shown
    agency: str
    role: str
    operator: str
    purpose: str
    case: str


_SAID = msgspec.json.Decoder(_Said)


async def record(connection: Connection, deliveries: Sequence[Delivery[CloudEvent]]) -> Stored:
    """Keep each entry once, however often it comes; refuse what is none."""
    stored = Stored()
    for delivery in deliveries:
        try:
            access = _access(delivery.event)
        except Unprocessable as unprocessable:
            stored.refused.append(delivery.dead(unprocessable.reason))
        else:
            is_new = await store.note(connection, access, delivery.event.time)
            stored.rows[delivery.record.partition] += is_new
    return stored


def _access(event: CloudEvent) -> Access:
    if event.type != ACCESSED:
        raise Unprocessable(Reason.INVALID_ATTRIBUTE)
    try:
        said = _SAID.decode(event.touchpoint)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unprocessable(Reason.UNREADABLE_VALUE) from None
    return Access(
        said.entry, event.subject, f"agency:{said.agency}", said.action, said.purpose, said.case,
        said.role, said.operator,
    )  # fmt: skip
