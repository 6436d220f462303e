"""How many records a topic holds, and the topic that the limit of Kafka is measured on."""

import asyncio
from dataclasses import replace

from aiokafka import AIOKafkaConsumer, TopicPartition

from percorso.events.kafka.admin import create_topics
from percorso.events.topics import TOUCHPOINTS, Topic

LIMIT = replace(TOUCHPOINTS, name="bench.limit")


def size(bootstrap: str, topic: Topic = TOUCHPOINTS) -> int:
    """Return the sum of the end offsets; nothing is deleted while the bench runs."""
    return asyncio.run(_size(bootstrap, topic))


async def _size(bootstrap: str, topic: Topic) -> int:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        numbers = range(topic.partitions)
        ends = await consumer.end_offsets([TopicPartition(topic.name, each) for each in numbers])
        return sum(ends.values())
    finally:
        await consumer.stop()


def make_limit_topic(bootstrap: str) -> None:
    """Make a topic like that of touchpoints."""
    asyncio.run(create_topics(bootstrap, [LIMIT]))
