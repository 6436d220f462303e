"""CloudEvent and Fact <-> Kafka record: CloudEvents binary mode (attributes as `ce_` headers).

Structured mode is read too, and never written.
"""

import re
from uuid import UUID

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.facts import Fact
from percorso.events.ids import rfc3339, uuid_of
from percorso.events.kafka import attributes
from percorso.events.kafka.attributes import CONSTANT, Record, StoredRecord

__all__ = ["Record", "StoredRecord", "decode", "decode_fact", "encode", "encode_fact"]

_UUID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def encode(event: CloudEvent, traceparent: str | None = None) -> Record:
    """Write the event as a record; `decode` gives the same event back.

    `traceparent`, where given, stands in for the event's own: that of the span that sends it.
    """
    headers = [
        *CONSTANT,
        ("ce_id", event.id.encode()),
        ("ce_source", event.source.encode()),
        ("ce_type", event.type.encode()),
        ("ce_time", rfc3339(event.time).encode()),
        ("ce_sequence", str(event.sequence).encode()),
        ("ce_agency", event.agency.encode()),
        ("ce_receivedtime", rfc3339(event.received_at).encode()),
    ]
    if parent := traceparent or event.traceparent:
        headers.append(("traceparent", parent.encode()))
    return Record(str(event.subject).encode(), event.touchpoint, headers)


def decode(record: StoredRecord) -> CloudEvent:
    """Read a record; Unprocessable with the reason where it is not one of our events."""
    attributes.check_value(record.value, record.headers)
    subject = _subject(record.key)
    headers, value = attributes.read(record)
    return CloudEvent(
        subject=subject,
        id=attributes.attribute(headers, "ce_id"),
        source=attributes.attribute(headers, "ce_source"),
        type=attributes.attribute(headers, "ce_type"),
        time=attributes.time(headers, "ce_time"),
        received_at=attributes.time(headers, "ce_receivedtime"),
        agency=attributes.attribute(headers, "ce_agency"),
        touchpoint=value,
        sequence=attributes.sequence(headers),
        traceparent=attributes.traceparent(headers),
    )


def encode_fact(fact: Fact, traceparent: str | None = None) -> Record:
    """Write a fact as a record; `decode_fact` gives the same fact back."""
    headers = [
        *CONSTANT,
        ("ce_id", fact.id.encode()),
        ("ce_source", fact.source.encode()),
        ("ce_type", fact.type.encode()),
        ("ce_time", rfc3339(fact.time).encode()),
    ]
    if parent := traceparent or fact.traceparent:
        headers.append(("traceparent", parent.encode()))
    return Record(fact.key.encode(), fact.value, headers)


def decode_fact(record: StoredRecord) -> Fact:
    """Read a record of a compacted topic; Unprocessable with the reason where it is no fact."""
    attributes.check_value(record.value, record.headers)
    key = attributes.attribute({"key": record.key or b""}, "key")
    headers, value = attributes.read(record)
    return Fact(
        key=key,
        id=attributes.attribute(headers, "ce_id"),
        source=attributes.attribute(headers, "ce_source"),
        type=attributes.attribute(headers, "ce_type"),
        time=attributes.time(headers, "ce_time"),
        value=value,
        traceparent=attributes.traceparent(headers),
    )


def _subject(key: bytes | None) -> UUID:
    if key is None or not _UUID.fullmatch(key):
        raise Unprocessable(Reason.WRONG_KEY)
    return uuid_of(int(key.replace(b"-", b""), 16))
