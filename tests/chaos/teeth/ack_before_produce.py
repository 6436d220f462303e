"""Planted bug: the door answers 202 before the broker has acknowledged."""

import asyncio
import runpy
from collections.abc import Sequence
from contextlib import suppress
from unittest.mock import patch

from percorso.events.errors import Unavailable
from percorso.events.kafka.codec import Record
from percorso.events.kafka.publisher import Publisher

_publish = Publisher.publish
_under_way: set[asyncio.Task[None]] = set()


async def publish(self: Publisher, records: Sequence[Record]) -> None:
    """Return at once and publish later, if that can be done."""
    task = asyncio.create_task(_later(self, records))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)


async def _later(self: Publisher, records: Sequence[Record]) -> None:
    with suppress(Unavailable):
        await _publish(self, records)


with patch.object(Publisher, "publish", publish):
    runpy.run_module("percorso.identity", run_name="__main__", alter_sys=True)
