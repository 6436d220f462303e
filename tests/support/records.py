"""What stands on a topic, read as any other program would read it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from percorso.events.topics import TOUCHPOINTS, Topic

Ends = Mapping[TopicPartition, int]


class Records:
    """The topic's records from one point in time on."""

    def __init__(self, consumer: AIOKafkaConsumer, topic: Topic, begin: Ends) -> None:
        self._consumer = consumer
        self._topic = topic
        self._begin = begin

    async def count(self) -> int:
        """Return how many records were added."""
        ends = await _ends(self._consumer, self._topic)
        return sum(ends.values()) - sum(self._begin.values())

    async def added(self) -> list[ConsumerRecord]:
        """Return the records that were added, by partition in their order."""
        ends = await _ends(self._consumer, self._topic)
        found: list[ConsumerRecord] = []
        for partition, end in ends.items():
            self._consumer.assign([partition])
            self._consumer.seek(partition, self._begin[partition])
            while await self._consumer.position(partition) < end:
                for records in (await self._consumer.getmany(timeout_ms=1_000)).values():
                    found += records
        return found


@asynccontextmanager
async def from_now(kafka: str, topic: Topic = TOUCHPOINTS) -> AsyncIterator[Records]:
    """Yield the records that are added from now on."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        yield Records(consumer, topic, await _ends(consumer, topic))
    finally:
        await consumer.stop()


async def _ends(consumer: AIOKafkaConsumer, topic: Topic) -> dict[TopicPartition, int]:
    partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
    ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
    return ends
