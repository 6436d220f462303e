"""CloudEvent: one touchpoint as it travels between services."""

from datetime import datetime
from uuid import UUID

import msgspec


class CloudEvent(msgspec.Struct, frozen=True, gc=False):
    """A touchpoint's CloudEvents attributes, our extensions, and its payload's bytes as they were sent.

    `subject` is the pseudonym and Kafka's key; `time` and `received_at` are UTC in microseconds;
    `touchpoint` is JSON in UTF-8, never re-encoded on its way.
    """

    subject: UUID
    id: str
    source: str
    type: str
    time: datetime
    received_at: datetime
    agency: str
    touchpoint: bytes
    sequence: int = 0
    traceparent: str | None = None
