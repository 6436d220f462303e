"""Publisher and subscriber against a real broker."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

import pytest

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Unavailable
from percorso.events.kafka.admin import create_topics
from percorso.events.kafka.batch import Batch
from percorso.events.kafka.codec import decode, encode
from percorso.events.kafka.progress import Progress
from percorso.events.kafka.publisher import Publisher
from percorso.events.kafka.subscriber import Subscriber, Subscription
from percorso.events.topics import TOUCHPOINTS, Topic
from tests.support.backing import numbered
from tests.support.events import a_subject, an_event
from tests.support.waiting import until

_name = numbered("topic")


@dataclass
class Memory:
    """A store in memory with the promises of the real one: rows and offsets change together."""

    offsets: dict[int, int] = field(default_factory=dict)
    events: list[CloudEvent] = field(default_factory=list)
    batches: list[Batch[CloudEvent]] = field(default_factory=list)
    away: bool = False

    async def stored(self, partitions: Sequence[int]) -> Mapping[int, int]:
        return {number: self.offsets[number] for number in partitions if number in self.offsets}

    async def begin(self, begins: Mapping[int, int]) -> None:
        self.offsets = dict(begins) | self.offsets

    async def apply(self, batch: Batch[CloudEvent]) -> None:
        if self.away:
            raise Unavailable
        for span in batch.spans:
            assert self.offsets[span.partition] == span.first
            self.offsets[span.partition] = span.next
        self.events += [delivery.event for delivery in batch.deliveries]
        self.batches.append(batch)

    async def report(self, progress: Mapping[int, Progress]) -> None:
        del progress

    def holds(self, count: int) -> bool:
        return len(self.events) >= count

    def subscription(self, topic: Topic) -> Subscription[CloudEvent]:
        return Subscription(
            topic, f"group-{topic.name}", decode, self.stored, self.begin, self.apply, self.report
        )


@pytest.fixture
async def topic(kafka_address: str) -> Topic:
    topic = replace(TOUCHPOINTS, name=_name(), partitions=3)
    await create_topics(kafka_address, [topic])
    return topic


@asynccontextmanager
async def running(part: Publisher | Subscriber[CloudEvent]) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(part.run(stop))
    try:
        yield
    finally:
        stop.set()
        with suppress(TimeoutError):
            await asyncio.wait_for(task, 10)


async def is_fine(part: Publisher | Subscriber[CloudEvent]) -> bool:
    return await part.check() is None


async def test_what_is_published_is_consumed_once_and_unchanged(
    kafka_address: str, topic: Topic
) -> None:
    events = [an_event(str(n), subject=a_subject(n % 7), minutes=n) for n in range(300)]
    memory, publisher = Memory(), Publisher(kafka_address, topic)
    subscriber = Subscriber(kafka_address, memory.subscription(topic))

    async with running(publisher), running(subscriber):
        await until(lambda: is_fine(publisher))
        for start in range(0, 300, 50):
            await publisher.publish([encode(event) for event in events[start : start + 50]])
        await until(lambda: len(memory.events) >= 300)

    assert sorted(memory.events, key=lambda event: int(event.id)) == events


async def test_events_of_a_citizen_arrive_in_the_order_they_were_published(
    kafka_address: str, topic: Topic
) -> None:
    events = [an_event(str(n), subject=a_subject(n % 5)) for n in range(200)]
    memory, publisher = Memory(), Publisher(kafka_address, topic)

    async with running(publisher), running(Subscriber(kafka_address, memory.subscription(topic))):
        await until(lambda: is_fine(publisher))
        for event in events:
            await publisher.publish([encode(event)])
        await until(lambda: len(memory.events) >= 200)

    for citizen in {event.subject for event in events}:
        assert [e.id for e in memory.events if e.subject == citizen] == [
            e.id for e in events if e.subject == citizen
        ]


async def test_a_subscriber_goes_on_where_the_store_says(kafka_address: str, topic: Topic) -> None:
    memory, publisher = Memory(), Publisher(kafka_address, topic)
    async with running(publisher):
        await until(lambda: is_fine(publisher))
        for round_ in range(2):
            async with running(Subscriber(kafka_address, memory.subscription(topic))):
                await publisher.publish(
                    [encode(an_event(f"{round_}-{n}", subject=a_subject(n))) for n in range(40)]
                )
                await until(partial(memory.holds, (round_ + 1) * 40))

    assert len(memory.events) == len({event.id for event in memory.events}) == 80


async def test_while_the_store_is_away_the_batch_waits_and_is_applied_once(
    kafka_address: str, topic: Topic
) -> None:
    memory, publisher = Memory(), Publisher(kafka_address, topic)
    subscriber = Subscriber(kafka_address, memory.subscription(topic))
    async with running(publisher), running(subscriber):
        await until(lambda: is_fine(publisher))
        await until(lambda: is_fine(subscriber))
        memory.away = True
        await publisher.publish([encode(an_event("1"))])
        await until(lambda: _says(subscriber, "store"))
        assert memory.events == []

        memory.away = False
        await until(lambda: len(memory.events) == 1)
        await until(lambda: is_fine(subscriber))

    assert [event.id for event in memory.events] == ["1"]


@pytest.mark.parametrize("beyond", [+5, -5])
async def test_a_stored_offset_outside_the_topic_stops_its_partition_loudly(
    kafka_address: str, topic: Topic, beyond: int
) -> None:
    memory, publisher = Memory(offsets={0: beyond}), Publisher(kafka_address, topic)
    subscriber = Subscriber(kafka_address, memory.subscription(topic))
    async with running(publisher), running(subscriber):
        await until(lambda: is_fine(publisher))
        await until(lambda: _says(subscriber, "partition 0 is stopped"))
        await publisher.publish([encode(an_event(str(n), subject=a_subject(n))) for n in range(60)])
        expected = [
            n for n in range(60) if topic.partition(encode(an_event(subject=a_subject(n))).key)
        ]
        await until(lambda: len(memory.events) == len(expected))

        assert "outside the topic" in (await subscriber.check() or "")
        assert subscriber.freshness_s() > 0

    assert memory.offsets[0] == beyond


async def test_a_missing_topic_is_said_and_waited_for(kafka_address: str) -> None:
    topic = replace(TOUCHPOINTS, name=_name(), partitions=2)
    publisher = Publisher(kafka_address, topic)
    subscriber = Subscriber(kafka_address, Memory().subscription(topic))
    async with running(publisher), running(subscriber):
        await until(lambda: _says(publisher, "missing"))
        await until(lambda: _says(subscriber, "missing"))
        with pytest.raises(Unavailable):
            await publisher.publish([encode(an_event())])

        await create_topics(kafka_address, [topic])
        await until(lambda: is_fine(publisher))
        await until(lambda: is_fine(subscriber))


async def test_another_number_of_partitions_is_said_and_nothing_is_published(
    kafka_address: str, topic: Topic
) -> None:
    publisher = Publisher(kafka_address, replace(topic, partitions=4))
    async with running(publisher):
        await until(lambda: _says(publisher, "has 3 partitions, not 4"))
        with pytest.raises(Unavailable):
            await publisher.publish([encode(an_event())])


async def test_two_workers_share_the_partitions(kafka_address: str, topic: Topic) -> None:
    memory, publisher = Memory(), Publisher(kafka_address, topic)
    first, second = (
        Subscriber(kafka_address, memory.subscription(topic), worker=str(number))
        for number in (1, 2)
    )
    async with running(publisher), running(first), running(second):
        await until(lambda: is_fine(publisher))
        await until(lambda: {*first.progress} | {*second.progress} == {0, 1, 2})
        await until(lambda: bool(first.progress and second.progress))
        await publisher.publish([encode(an_event(str(n), subject=a_subject(n))) for n in range(90)])
        await until(lambda: len(memory.events) >= 90)

    assert len(memory.events) == 90
    assert not {*first.progress} & {*second.progress}


async def _says(part: Publisher | Subscriber[CloudEvent], words: str) -> bool:
    return words in (await part.check() or "")
