"""Planted bug: a message leaves first, and only then is it recorded that it was to leave."""

import asyncio
import runpy
from datetime import datetime
from unittest.mock import patch

from asyncpg import Connection

from percorso.notifications.delivery import attempts, store
from percorso.notifications.delivery.claims import Claim
from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.delivery.store import Message

_tried, _end = attempts.Attempts._tried, store.end


async def begin(
    _connection: Connection, message: Message, _now: datetime, _lease_until: datetime
) -> int:
    """Only say which attempt it would be."""
    return message.attempts + 1


async def tried(self: attempts.Attempts, claim: Claim) -> Outcome:
    """Send, and take some time before anything is stored of it."""
    outcome = await _tried(self, claim)
    await asyncio.sleep(1.0)
    return outcome


async def end(connection: Connection, message: Message, outcome: Outcome, now: datetime) -> None:
    """Record the attempt when it is over."""
    number = message.attempts - 1
    await connection.execute(
        "UPDATE messages SET state = 'sending', attempts = $3 + 1, attempted_at = $4, lease_until = $4 "
        "WHERE subject = $1 AND message_id = $2 AND attempts = $3 AND state = 'waiting'",
        message.subject, message.message_id, number, now,
    )  # fmt: skip
    await _end(connection, message, outcome, now)


with (
    patch.object(store, "begin", begin),
    patch.object(store, "end", end),
    patch.object(attempts.Attempts, "_tried", tried),
):
    runpy.run_module("percorso.notifications", run_name="__main__", alter_sys=True)
