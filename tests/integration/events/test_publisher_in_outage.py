"""The publisher while its broker is dead with records under way."""

import asyncio
import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from prometheus_client import REGISTRY

from percorso.events.errors import Unavailable
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.codec import encode
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import TOUCHPOINTS
from percorso.local import kafka
from percorso.local.throwaway import Throwaway
from tests.support.events import an_event
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture
def broker() -> Iterator[Throwaway]:
    with kafka.throwaway() as running:
        yield running


@pytest.fixture
async def unread() -> AsyncIterator[list[dict[str, Any]]]:
    """Give what the event loop catches because nobody else does."""
    contexts: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: contexts.append(context))
    yield contexts
    loop.set_exception_handler(None)


async def test_publisher_outlives_a_producer_that_it_throws_away(
    broker: Throwaway, unread: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("percorso.events.kafka.publisher.ROUND_DEADLINE_S", 1.0)
    await create_topics(broker.address, [TOUCHPOINTS])
    publisher, stop = Publisher(broker.address, TOUCHPOINTS), asyncio.Event()
    running = asyncio.create_task(publisher.run(stop))
    await until(lambda: _is_published(publisher))

    broker.kill()
    thrown_away = _rebuilds()
    lost = asyncio.create_task(_is_published(publisher))
    # Now the producer tries the round again and again, until its deadline ends it.
    await until(lambda: _rebuilds() > thrown_away)
    assert not running.done()
    assert not await lost

    await asyncio.to_thread(broker.start)
    await until(lambda: _is_published(publisher), within_s=60)
    stop.set()
    await running
    gc.collect()
    assert unread == []


def _rebuilds() -> float:
    return REGISTRY.get_sample_value("percorso_publisher_rebuilds_total") or 0.0


async def _is_published(publisher: Publisher) -> bool:
    with suppress(Unavailable):
        await publisher.publish([encode(an_event())])
        return True
    return False
