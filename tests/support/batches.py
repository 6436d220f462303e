"""Batches as a subscriber would make them, from events or raw records."""

from collections.abc import Iterator, Sequence
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition

from percorso.events.envelope import CloudEvent
from percorso.events.kafka.batch import Batch, Decode, read
from percorso.events.kafka.codec import Record, decode, encode
from percorso.events.topics import TOUCHPOINTS, Topic


def a_record(
    record: Record, offset: int, partition: int = 0, topic: Topic = TOUCHPOINTS
) -> ConsumerRecord:
    """Return a record as a consumer gets it."""
    key, value, headers = record
    return ConsumerRecord(
        topic.name, partition, offset, 0, 1, key, value, None,
        len(key or b""), len(value or b""), tuple(headers),
    )  # fmt: skip


def a_batch(
    records: Sequence[Record | CloudEvent],
    *,
    first: int = 0,
    partition: int = 0,
    topic: Topic = TOUCHPOINTS,
    decode: Decode[Any] = decode,
) -> Batch[Any]:
    """Return a batch of one partition from `first` on."""
    made = [
        a_record(
            encode(each) if isinstance(each, CloudEvent) else each, first + n, partition, topic
        )
        for n, each in enumerate(records)
    ]
    fetched = {TopicPartition(topic.name, partition): made}
    return read(topic.name, fetched, {partition: first}, decode)


def cut(
    events: Sequence[CloudEvent], sizes: Sequence[int], *, partition: int = 0
) -> Iterator[Batch[CloudEvent]]:
    """Cut events into batches of these sizes in turn, until all are in one."""
    at = turn = 0
    while at < len(events):
        size = sizes[turn % len(sizes)]
        yield a_batch(events[at : at + size], first=at, partition=partition)
        at, turn = at + size, turn + 1
