"""Takes in what insights suggests, and what citizens say to it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from percorso.chassis.clock import Clock
from percorso.chassis.consumption.applying import Stored
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Unprocessable
from percorso.events.kafka.batch import Delivery
from percorso.events.tracing import continued
from percorso.notifications.delivery import store
from percorso.notifications.delivery.owed import ENDED, MADE, Owed, ended, owed
from percorso.notifications.delivery.states import State
from percorso.notifications.texts.rendering import PURPOSES
from percorso.notifications.verification import codes

Needless = tuple[UUID, UUID, datetime]  # subject, message, and when that was received


class Intake:
    """Owes one message for each suggestion; `code_key` makes the codes of messages."""

    def __init__(self, clock: Clock, code_key: bytes) -> None:
        self._clock = clock
        self._code_key = code_key

    async def record(
        self, connection: Connection, deliveries: Sequence[Delivery[CloudEvent]]
    ) -> Stored:
        """Add one message for each suggestion, whatever its copies, and note which are needless.

        What was received before sending begins, or expired before it was met, is kept and never sent.
        """
        stored = Stored()
        begins, now = await store.sending_begins(connection), self._clock.now()
        made, needless = _read(deliveries, stored)
        if made:
            rows = [(each, self._digest(each), _first_state(each, begins, now)) for each, _ in made]
            added = await store.record(connection, rows, now)
            stored.rows.update(partition for each, partition in made if each.message_id in added)
        if needless:
            await store.cancel(connection, needless)
        return stored

    def _digest(self, each: Owed) -> bytes:
        digest = codes.digest(codes.code(self._code_key, each.message_id))
        assert digest is not None  # noqa: S101 - of a code that we made
        return digest


def _read(
    deliveries: Sequence[Delivery[CloudEvent]], stored: Stored
) -> tuple[list[tuple[Owed, int]], list[Needless]]:
    """Return what is owed, with its partition, and which messages are needless; refuse the rest."""
    made: dict[object, tuple[Owed, int]] = {}
    needless: list[Needless] = []
    for delivery in deliveries:
        event = delivery.event
        try:
            if event.type == MADE:
                each = owed(event, PURPOSES, continued(event.traceparent))
                made.setdefault(each[:2], (each, delivery.record.partition))
            elif event.type in ENDED:
                needless.append((event.subject, ended(event), event.received_at))
        except Unprocessable as unprocessable:
            stored.refused.append(delivery.dead(unprocessable.reason))
    return list(made.values()), needless


def _first_state(each: Owed, begins: datetime, now: datetime) -> State:
    is_sent = each.received_at >= begins and each.expires_at > now
    return State.WAITING if is_sent else State.EXPIRED
