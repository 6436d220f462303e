"""Plants poison in the topic by a plain client, and reads the whole topic by another."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from percorso.events.topics import TOUCHPOINTS, Topic
from tests.chaos.ledger import Ledger, Planted, now
from tests.chaos.malformed import POISON_HEADER, Poison, poison

AWAY = (KafkaError, OSError, TimeoutError)
PLANT_TIMEOUT_S = 60.0
WRITE_TIMEOUT_S = 5.0
AGAIN_S = 0.5
READ_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A record as it lies in the topic."""

    partition: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]

    @property
    def planted(self) -> str | None:
        """The reason for which we planted it, None for a record of the door's."""
        planted = dict(self.headers).get(POISON_HEADER)
        return planted.decode() if planted else None

    @property
    def id(self) -> str:
        """The event's id."""
        return dict(self.headers).get("ce_id", b"").decode("utf-8", "replace")


async def plant(bootstrap: str, ledger: Ledger, seed: int, text: str) -> None:
    """Write one record of each kind; of those under way when Kafka dies, only the topic knows."""
    random = Random(f"poison {seed}")
    for each in poison(random, text):
        partition = random.randrange(TOUCHPOINTS.partitions)
        is_stored = await _until_written(bootstrap, each, partition)
        ledger.add(Planted(now(), each.reason.value, is_stored))


async def _until_written(bootstrap: str, poison: Poison, partition: int) -> bool:
    """Try for a minute; several copies may be written."""
    give_up_at = time.monotonic() + PLANT_TIMEOUT_S
    while time.monotonic() < give_up_at:
        with suppress(*AWAY):
            await _write(bootstrap, poison, partition)
            return True
        await asyncio.sleep(AGAIN_S)
    return False


async def _write(bootstrap: str, poison: Poison, partition: int) -> None:
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        compression_type="gzip",  # a record of 1 MiB passes the broker's limit only so
        max_request_size=4 * 2**20,
        request_timeout_ms=3_000,
    )
    headers = [*poison.headers, (POISON_HEADER, poison.reason.value.encode())]
    try:
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await producer.start()
            await producer.send_and_wait(
                TOUCHPOINTS.name,
                key=poison.key,
                value=poison.value,
                headers=headers,
                partition=partition,
            )
    finally:
        await _close(producer)


async def _close(producer: AIOKafkaProducer) -> None:
    with suppress(*AWAY):
        async with asyncio.timeout(1.0):
            await producer.stop()
            return
    with suppress(*AWAY):
        await producer.client.close()  # `stop` waits for ever for a broker that is gone


async def whole_topic(bootstrap: str, topic: Topic = TOUCHPOINTS) -> list[TopicRecord]:
    """Read every record from beginning to end, outside of any group."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, group_id=None, enable_auto_commit=False
    )
    await consumer.start()
    try:
        async with asyncio.timeout(READ_TIMEOUT_S):
            return await _whole(consumer, topic)
    finally:
        await consumer.stop()


async def _whole(consumer: AIOKafkaConsumer, topic: Topic) -> list[TopicRecord]:
    partitions = [TopicPartition(topic.name, n) for n in range(topic.partitions)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    ends = await consumer.end_offsets(partitions)
    found: list[TopicRecord] = []
    while await _is_behind(consumer, partitions, ends):
        for records in (await consumer.getmany(timeout_ms=500)).values():
            found += [
                TopicRecord(each.partition, each.key, each.value, tuple(each.headers))
                for each in records
            ]
    return found


async def _is_behind(
    consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition], ends: dict[object, int]
) -> bool:
    positions = [await consumer.position(each) for each in partitions]
    return any(at < ends[each] for each, at in zip(partitions, positions, strict=True))
