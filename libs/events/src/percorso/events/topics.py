"""Topics declared in code: names, partitions, retention and key rule."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from zlib import crc32


class KeyRule(StrEnum):
    """What a record's key names."""

    SUBJECT = "subject"
    FACT = "fact"


@dataclass(frozen=True, slots=True)
class Topic:
    """One Kafka topic; its number of partitions never changes while it holds records."""

    name: str
    partitions: int
    key: KeyRule
    retention: timedelta | None  # None: compacted, the last record of each key stays for ever

    def config(self) -> dict[str, str]:
        """Return the broker's settings for this topic."""
        common = {
            "message.timestamp.type": "LogAppendTime",
            # With segments of a day, "gone after 7 days" holds for a retention of 6.
            "segment.ms": _milliseconds(timedelta(days=1)),
            "compression.type": "producer",
        }
        if self.retention is None:
            return common | {"cleanup.policy": "compact"}
        return common | {
            "cleanup.policy": "delete",
            "retention.ms": _milliseconds(self.retention),
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
    key=KeyRule.SUBJECT,
    retention=timedelta(days=6),
)

# Links, consents and erasures: few, and each service reads all of them.
IDENTITY = Topic(
    name="percorso.identity.v1",
    partitions=4,
    key=KeyRule.FACT,
    retention=None,
)

# What insights proposes and what became of it; far fewer than touchpoints.
SUGGESTIONS = Topic(
    name="percorso.suggestions.v1",
    partitions=4,
    key=KeyRule.SUBJECT,
    retention=timedelta(days=6),
)

# What became of each message.
NOTIFICATIONS = Topic(
    name="percorso.notifications.v1",
    partitions=4,
    key=KeyRule.SUBJECT,
    retention=timedelta(days=6),
)

# Who was shown something of a citizen's; identity keeps it, and shows it to the citizen.
ACCESS = Topic(
    name="percorso.access.v1",
    partitions=4,
    key=KeyRule.SUBJECT,
    retention=timedelta(days=6),
)

TOPICS = (TOUCHPOINTS, IDENTITY, SUGGESTIONS, NOTIFICATIONS, ACCESS)
