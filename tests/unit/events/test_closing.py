"""Closing a client whose own task has died."""

import asyncio

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaConnectionError

from percorso.events.kafka.connection import close


class Connection:
    """Stands in for one; it is closed at once."""

    is_closed = False

    async def _closed(self) -> None:
        self.is_closed = True

    def close(self, **_: object) -> "asyncio.Future[None]":
        """Begin to close."""
        return asyncio.ensure_future(self._closed())


@pytest.mark.parametrize("fault", [RuntimeError("the handler is closed"), KafkaConnectionError()])
async def test_whatever_the_task_for_metadata_died_of_connections_are_closed(
    fault: Exception,
) -> None:
    async def dying() -> None:
        raise fault

    client, connection = AIOKafkaClient(), Connection()
    client._sync_task = asyncio.create_task(dying())
    client._conns = {1: connection}
    await asyncio.wait([client._sync_task])

    await close(client)

    assert connection.is_closed
