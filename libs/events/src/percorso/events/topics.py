"""Topics declared in code: names, partitions, retention and key rule."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zlib import crc32


class KeyRule(StrEnum):
    """What a record's key names."""

    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic; its number of partitions never changes while it holds records."""

    name: str
    partitions: int
    retention: timedelta
    key: KeyRule

    def config(self) -> dict[str, str]:
        """Return the broker's settings for this topic."""
        return {
            "cleanup.policy": "delete",
            "message.timestamp.type": "LogAppendTime",
            "retention.ms": _milliseconds(self.retention),
            # With segments of a day, "gone after 7 days" holds for a retention of 6.
            "segment.ms": _milliseconds(timedelta(days=1)),
            "compression.type": "producer",
        }

    def partition(self, key: bytes) -> int:
        """Return the partition of a key: CRC-32 modulo partitions, librdkafka's `consistent`.

        One in forty of the cost of Kafka's default murmur2 in Python; what matters is that all
        records of a key share a partition, and only Percorso's door writes here.
        """
        return crc32(key) % self.partitions


def _milliseconds(duration: timedelta) -> str:
    return str(int(duration.total_seconds() * 1_000))


TOUCHPOINTS = Topic(
    name="percorso.touchpoints.v1",
    partitions=12,
    retention=timedelta(days=6),
    key=KeyRule.SUBJECT,
)
