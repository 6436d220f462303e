"""The limit of Kafka in: `python -m tests.load.produce BOOTSTRAP TOPIC COUNT` sends full batches.

It prints the CPU microseconds of an event, after a first pass that warms broker and client.
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

import msgspec
import uvloop
from aiokafka import AIOKafkaProducer

from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import Record, encode
from percorso.events.topics import TOUCHPOINTS
from tests.load import bodies

BATCH_BYTES = 512 * 1024


def records(count: int) -> list[Record]:
    """Return events of the city as the door writes them."""
    now = datetime.now(UTC)
    return [encode(_event(sending.raw, now)) for sending in bodies.sendings(1, count)]


def _event(raw: bytes, now: datetime) -> CloudEvent:
    sent = json.loads(raw)
    return CloudEvent(
        subject=uuid5(NAMESPACE_URL, sent["data"]["citizen"]["value"]),
        id=sent["id"],
        source=sent["source"],
        type=sent["type"],
        time=datetime.fromisoformat(sent["time"]).astimezone(UTC),
        received_at=now,
        agency=sent["source"].split(":")[2],
        touchpoint=msgspec.json.encode(sent["data"]["touchpoint"]),
    )


async def _send(producer: AIOKafkaProducer, topic: str, given: Sequence[Record]) -> None:
    by_partition: dict[int, list[Record]] = defaultdict(list)
    for record in given:
        by_partition[TOUCHPOINTS.partition(record.key)].append(record)
    for partition, own in by_partition.items():
        left: Sequence[Record] = own
        while left:
            left = await _send_batch(producer, topic, partition, left)


async def _send_batch(
    producer: AIOKafkaProducer, topic: str, partition: int, left: Sequence[Record]
) -> Sequence[Record]:
    batch = producer.create_batch()
    taken = 0
    for key, value, headers in left:
        if batch.append(timestamp=None, key=key, value=value, headers=headers) is None:
            break
        taken += 1
    batch.close()
    await (await producer.send_batch(batch, topic, partition=partition))
    return left[taken:]


async def main(bootstrap: str, topic: str, count: int) -> None:
    """Send twice and print what the second time cost."""
    given = records(count)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        enable_idempotence=True,
        compression_type="zstd",
        max_batch_size=BATCH_BYTES,
    )
    await producer.start()
    try:
        await _send(producer, topic, given)
        began = time.process_time()
        await _send(producer, topic, given)
        print((time.process_time() - began) / count * 1e6)
    finally:
        await producer.stop()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
