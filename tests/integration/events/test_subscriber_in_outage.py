"""The subscriber while its broker is dead."""

import asyncio
from collections.abc import Iterator

import pytest

from percorso.events import metrics
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.codec import encode
from percorso.events.kafka.publisher import Publisher
from percorso.events.kafka.subscriber import Subscriber
from percorso.events.topics import TOUCHPOINTS
from percorso.local import kafka
from percorso.local.throwaway import Throwaway
from tests.integration.events.test_publisher_and_subscriber import Memory, is_fine, running
from tests.support.events import an_event
from tests.support.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.fixture
def broker() -> Iterator[Throwaway]:
    with kafka.throwaway() as server:
        yield server


async def test_subscriber_outlives_the_consumers_that_it_throws_away(broker: Throwaway) -> None:
    await create_topics(broker.address, [TOUCHPOINTS])
    memory, stop = Memory(), asyncio.Event()
    subscriber = Subscriber(broker.address, memory.subscription(TOUCHPOINTS))
    consuming = asyncio.create_task(subscriber.run(stop))
    publisher = Publisher(broker.address, TOUCHPOINTS)
    await until(lambda: is_fine(subscriber))

    broker.kill()
    rebuilds = metrics.SUBSCRIBER_REBUILDS._value.get()
    await until(lambda: metrics.SUBSCRIBER_REBUILDS._value.get() > rebuilds + 1, within_s=60)
    assert not consuming.done()

    await asyncio.to_thread(broker.start)
    async with running(publisher):
        await until(lambda: is_fine(publisher), within_s=60)
        await publisher.publish([encode(an_event())])
        await until(lambda: len(memory.events) == 1, within_s=60)
    stop.set()
    await consuming
