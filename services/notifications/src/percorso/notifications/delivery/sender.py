"""The worker of one channel: takes due messages in hand and sends so many at a time."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from asyncpg import Pool

from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.notifications.delivery import metrics, store
from percorso.notifications.delivery.attempts import Attempts
from percorso.notifications.delivery.circuit import Circuit
from percorso.notifications.delivery.claims import Claim, Claims
from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.delivery.store import Standing

POLL_S = 0.5  # a message that falls due waits for that long at the most
RETRY_S = 1.0  # while PostgreSQL is away
LOOK_EVERY = timedelta(seconds=5)  # at what was lost, and how many wait
# After these the next attempts would fare alike: what all of them need is away.
_AWAY = frozenset({Outcome.AWAY, Outcome.UNASKED, Outcome.UNSURE})


class Sender:
    """Sends the messages of one channel; what it needs and is away delays that channel alone."""

    def __init__(
        self,
        pool: Pool,
        claims: Claims,
        attempts: Attempts,
        clock: Clock,
        *,
        slots: int,
    ) -> None:
        self._pool = pool
        self._claims = claims
        self._attempts = attempts
        self._clock = clock
        self._slots = slots
        self._circuit = Circuit()
        self._look_at = clock.now()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then finish what is in hand; whatever is away is waited for.

        Cut short, it leaves attempts without outcome, which are settled when their time is over.
        """
        running: set[asyncio.Task[Any]] = set()
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(stop.wait(), name="stop")
            while not stop.is_set():
                try:
                    await self._look()
                    claims = await self._taken(len(running))
                except Unavailable:
                    await pause(stop, RETRY_S)
                    continue
                running |= {group.create_task(self._attempt(each)) for each in claims}
                _, running = await asyncio.wait(
                    {stopping, *running}, timeout=POLL_S, return_when=asyncio.FIRST_COMPLETED
                )
                running -= {stopping}

    async def _taken(self, running: int) -> list[Claim]:
        now = self._clock.now()
        free = self._circuit.free(self._slots, running, now)
        if not free:
            return []
        async with transaction(self._pool) as connection:
            return await self._claims.take(connection, free, now)

    async def _attempt(self, claim: Claim) -> None:
        outcome = await self._attempts.make(claim)
        if outcome in _AWAY:
            self._circuit.fail(self._clock.now())
        else:
            self._circuit.succeed()

    async def _look(self) -> None:
        """Settle what was lost, and say how many wait, every now and then."""
        now = self._clock.now()
        if now < self._look_at:
            return
        async with transaction(self._pool) as connection:
            await self._claims.give_up_lost(connection, now)
            standing = await store.standing(connection, self._claims.via)
        _show(self._claims.via, standing, now)
        self._look_at = now + LOOK_EVERY


def _show(via: str, standing: Standing, now: datetime) -> None:
    due_s = (now - standing.due_at).total_seconds() if standing.due_at else 0.0
    metrics.WAITING.labels(via).set(standing.waiting)
    metrics.DUE_SECONDS.labels(via).set(max(0.0, due_s))
