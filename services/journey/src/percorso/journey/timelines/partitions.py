"""Keeps the table's partitions ahead of time, and knows which times have one."""

import time
from datetime import UTC, datetime

from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.journey.timelines import store

REFRESH_S = 3_600.0  # partitions are made two months ahead


class Partitions:
    """The times that touchpoints may have; what is missing is made when a batch asks."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._bounds: tuple[datetime, datetime] | None = None
        self._made_at = 0.0

    async def bounds(self) -> tuple[datetime, datetime]:
        """Return from when to when (exclusive) touchpoints can be stored.

        Partitions are committed on their own: a batch that is rolled back must not take along
        what these bounds promise.
        """
        if self._bounds is None or time.monotonic() - self._made_at > REFRESH_S:
            async with transaction(self._pool) as connection:
                self._bounds = await store.make_partitions(connection, datetime.now(UTC))
            self._made_at = time.monotonic()
        return self._bounds
