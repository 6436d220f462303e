"""Relay: publishes what stands in the outbox, in order, and forgets it when the broker has it.

Killed between the two, it publishes again: facts carry a version, so that once more is harmless.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

from asyncpg import Connection, Pool

from percorso.chassis.outbox import store
from percorso.chassis.outbox.store import Outgoing
from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.events.kafka.attributes import Record
from percorso.events.pausing import pause

MAX_RECORDS = 500
POLL_S = 1.0  # for what another process has added; our own additions wake the relay at once
RETRY_S = 0.5


class Publisher(Protocol):
    """What takes records to a topic."""

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when the broker has them; Unavailable if that is not known."""


class Relay:
    """Owns the way from the outbox to the broker; several processes take turns."""

    def __init__(self, pool: Pool, publishers: Mapping[str, Publisher]) -> None:
        self._pool = pool
        self._publishers = publishers
        self._added = asyncio.Event()

    def wake(self) -> None:
        """Look into the outbox now: something was committed to it."""
        self._added.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Publish until `stop` is set; whatever is away is waited for."""
        while not stop.is_set():
            try:
                more = await self.publish_some()
            except Unavailable:
                await pause(stop, RETRY_S)
                continue
            if not more:
                await pause(self._added, POLL_S)
                self._added.clear()

    async def publish_some(self) -> bool:
        """Publish the oldest records; whether there may be more."""
        async with transaction(self._pool) as connection:
            outgoing = await store.take(connection, MAX_RECORDS)
            by_topic: dict[str, list[Record]] = defaultdict(list)
            for each in outgoing:
                by_topic[each.topic].append(each.record)
            for topic, records in by_topic.items():
                await self._publishers[topic].publish(records)
            await self._forget(connection, outgoing)
        return len(outgoing) == MAX_RECORDS

    async def _forget(self, connection: Connection, outgoing: list[Outgoing]) -> None:
        if outgoing:
            await store.remove(connection, outgoing)
