"""Batch: the records of one fetch, read and ready to be applied in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, Protocol, TypeVar

from aiokafka import ConsumerRecord, TopicPartition

from percorso.events.errors import Reason, Unprocessable
from percorso.events.kafka.attributes import StoredRecord


class Event(Protocol):
    """What consuming needs to know of an event, whatever it says."""

    @property
    def received_at(self) -> datetime: ...
    @property
    def traceparent(self) -> str | None: ...


E = TypeVar("E", bound=Event)
Decode = Callable[[StoredRecord], E]


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets of one partition that a batch covers: from `first` up to, not including, `next`."""

    partition: int
    first: int
    next: int


@dataclass(frozen=True, slots=True)
class Position:
    """Where a record stands in its topic."""

    partition: int
    offset: int


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A record that cannot be applied, with its bytes untouched and the typed reason."""

    position: Position
    reason: Reason
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


class Delivery(NamedTuple, Generic[E]):
    """One readable record: its event, where it stands, and its raw form should it be refused later."""

    event: E
    record: ConsumerRecord

    def dead(self, reason: Reason) -> DeadLetter:
        """Return this record as a dead letter."""
        return dead_letter(self.record, reason)


@dataclass(frozen=True, slots=True)
class Batch(Generic[E]):
    """Deliveries in order of partition and offset, dead letters, and the offsets of them all."""

    topic: str
    spans: tuple[Span, ...]
    deliveries: tuple[Delivery[E], ...]
    dead: tuple[DeadLetter, ...]

    def __len__(self) -> int:
        """Count records, readable or not."""
        return len(self.deliveries) + len(self.dead)


def read(
    topic: str,
    fetched: Mapping[TopicPartition, Sequence[ConsumerRecord]],
    positions: Mapping[int, int],
    decode: Decode[E],
) -> Batch[E]:
    """Decode what was fetched from `positions` on; what is no such event becomes a dead letter.

    A span begins at the position and not at the first record: compaction leaves gaps.
    """
    spans: list[Span] = []
    deliveries: list[Delivery[E]] = []
    dead: list[DeadLetter] = []
    for assigned in sorted(fetched, key=lambda assigned: assigned.partition):
        records = fetched[assigned]
        partition = assigned.partition
        spans.append(Span(partition, positions[partition], records[-1].offset + 1))
        for record in records:
            try:
                deliveries.append(Delivery(decode(record), record))
            except Unprocessable as unprocessable:
                dead.append(dead_letter(record, unprocessable.reason))
    return Batch(topic, tuple(spans), tuple(deliveries), tuple(dead))


def dead_letter(record: ConsumerRecord, reason: Reason) -> DeadLetter:
    """Keep a record as a dead letter."""
    return DeadLetter(
        Position(record.partition, record.offset), reason, record.key, record.value, record.headers
    )
