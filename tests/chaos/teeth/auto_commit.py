"""Planted bug: Kafka commits by itself what was fetched, and a restart goes on from there."""

import os
import runpy
from typing import Any
from unittest.mock import patch

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

from percorso.events.kafka.subscriber import Subscriber

EVERY_MS = 200
_MOVE = "UPDATE consumer_offsets SET next_offset = $3 WHERE topic = $1 AND partition = $2"

_new_consumer = Subscriber._new_consumer
_assigned = Subscriber.assigned
_position = Subscriber._position


def new_consumer(self: Subscriber[Any]) -> AIOKafkaConsumer:
    """Make the consumer that a tutorial makes."""
    consumer = _new_consumer(self)
    consumer._auto_offset_reset = "earliest"
    consumer._enable_auto_commit = True
    consumer._auto_commit_interval_ms = EVERY_MS
    return consumer


def assigned(
    self: Subscriber[Any], consumer: AIOKafkaConsumer, partitions: set[TopicPartition]
) -> None:
    """Leave it to the client where its group goes on."""
    with patch.object(consumer, "seek"):
        _assigned(self, consumer, partitions)


async def position(self: Subscriber[Any], consumer: AIOKafkaConsumer) -> None:
    """Go on where Kafka's group stands, whatever the rows say."""
    topic = self._subscription.topic.name
    connection = await asyncpg.connect(os.environ["PERCORSO_JOURNEY_POSTGRES"])
    try:
        for partition in sorted(self._unpositioned):
            committed = await consumer.committed(TopicPartition(topic, partition))
            if committed is not None:
                await connection.execute(_MOVE, topic, partition, committed)
    finally:
        await connection.close()
    await _position(self, consumer)


async def mirror(*_: object) -> None:
    """Commit nothing: that happens by itself."""


with (
    patch.object(Subscriber, "_new_consumer", new_consumer),
    patch.object(Subscriber, "assigned", assigned),
    patch.object(Subscriber, "_position", position),
    patch.object(Subscriber, "_mirror", mirror),
):
    runpy.run_module("percorso.journey", run_name="__main__", alter_sys=True)
