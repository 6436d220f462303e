"""Moves a message on and says so, in one transaction."""

from datetime import datetime

from asyncpg import Connection

from percorso.chassis.outbox import store as outbox
from percorso.events.kafka.codec import encode
from percorso.events.topics import NOTIFICATIONS
from percorso.notifications.delivery import metrics, store
from percorso.notifications.delivery.announcements import announcement
from percorso.notifications.delivery.states import UNSETTLED, Step
from percorso.notifications.delivery.store import Message


async def settle(
    connection: Connection,
    message: Message,
    step: Step,
    *,
    now: datetime,
    traceparent: str | None,
) -> bool:
    """Take the step and announce it; False if the message is elsewhere, and then nothing is said."""
    if not await store.take_step(connection, message, step, now):
        return False
    said = announcement(
        message.subject,
        message.message_id,
        message.suggestion,
        step=step,
        at=now,
        traceparent=traceparent,
    )
    if said is not None:
        await outbox.append(connection, NOTIFICATIONS.name, encode(said))
    if step.to not in UNSETTLED:
        metrics.SETTLED.labels(message.via, step.reason or step.to.value).inc()
    return True
