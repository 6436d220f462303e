"""Planted bug: whoever has a batch commits it, whoever owns its partitions by now."""

import runpy
from collections.abc import Mapping, Sequence
from typing import Any
from unittest.mock import patch

from asyncpg import Connection

from percorso.chassis.consumption import offsets
from percorso.chassis.consumption.statements import SQL
from percorso.events.kafka.batch import Batch, Span

_UNFENCED = SQL["advance_offsets"].replace("AND stored.next_offset = span.first_offset", "")


async def lock(connection: Connection, topic: str, spans: Sequence[Span]) -> None:
    """Hold the batch's partitions without looking where they are."""
    await connection.fetch(SQL["lock_offsets"], topic, [span.partition for span in spans])


async def advance(connection: Connection, batch: Batch[Any], rows: Mapping[int, int]) -> None:
    """Move the partitions from wherever they are."""
    with patch.dict(SQL, advance_offsets=_UNFENCED):
        await _advance(connection, batch, rows)


_advance = offsets.advance

with patch.object(offsets, "lock", lock), patch.object(offsets, "advance", advance):
    runpy.run_module("percorso.journey", run_name="__main__", alter_sys=True)
