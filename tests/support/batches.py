"""Batches as a subscriber would make them, from events or raw records."""

from collections.abc import Iterator, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from percorso.events.envelope import CloudEvent
from percorso.events.kafka.batch import Batch, read
from percorso.events.kafka.codec import Record, encode
from percorso.events.topics import TOUCHPOINTS


def a_record(record: Record, offset: int, partition: int = 0) -> ConsumerRecord:
    """Return a record as a consumer gets it."""
    key, value, headers = record
    return ConsumerRecord(
        TOUCHPOINTS.name, partition, offset, 0, 1, key, value, None,
        len(key or b""), len(value or b""), tuple(headers),
    )  # fmt: skip


def a_batch(records: Sequence[Record | CloudEvent], *, first: int = 0, partition: int = 0) -> Batch:
    """Return a batch of one partition from `first` on."""
    made = [
        a_record(encode(each) if isinstance(each, CloudEvent) else each, first + n, partition)
        for n, each in enumerate(records)
    ]
    fetched = {TopicPartition(TOUCHPOINTS.name, partition): made}
    return read(TOUCHPOINTS.name, fetched, {partition: first})


def cut(
    events: Sequence[CloudEvent], sizes: Sequence[int], *, partition: int = 0
) -> Iterator[Batch]:
    """Cut events into batches of these sizes in turn, until all are in one."""
    at = turn = 0
    while at < len(events):
        size = sizes[turn % len(sizes)]
        yield a_batch(events[at : at + size], first=at, partition=partition)
        at, turn = at + size, turn + 1
