"""Planted bug: a batch's offsets are committed first, its rows in another transaction after them."""

import asyncio
import runpy
from collections import Counter
from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

from asyncpg import Pool
from opentelemetry.trace import Span

from percorso.chassis.consumption import applying, dead_letters, offsets
from percorso.chassis.consumption.applying import Store
from percorso.chassis.postgres import transaction
from percorso.events.kafka.batch import Batch

BETWEEN_S = 0.05  # a busy database's worth, so that a short run meets it


async def commit(pool: Pool, batch: Batch[Any], store: Store[Any], _: Sequence[Span]) -> None:
    """Commit in two steps."""
    async with transaction(pool) as connection:
        await offsets.lock(connection, batch.topic, batch.spans)
        await offsets.advance(connection, batch, Counter())
    await asyncio.sleep(BETWEEN_S)
    async with transaction(pool) as connection:
        stored = await store(connection, batch.deliveries)
        await dead_letters.record(connection, batch.topic, [*batch.dead, *stored.refused])
        await offsets.add_rows(connection, batch.topic, stored.rows)


with patch.object(applying, "_commit", commit):
    runpy.run_module("percorso.journey", run_name="__main__", alter_sys=True)
