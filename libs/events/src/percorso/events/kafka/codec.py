"""CloudEvent <-> Kafka record: CloudEvents binary mode (attributes as `ce_` headers)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.ids import instant, rfc3339
from percorso.events.limits import MAX_ATTRIBUTE, MAX_SEQUENCE_DIGITS, MAX_TOUCHPOINT_BYTES

SPEC_VERSION = b"1.0"
_CONSTANT = (("ce_specversion", SPEC_VERSION), ("content-type", b"application/json"))


class Record(NamedTuple):
    """What Kafka holds of one event."""

    key: bytes
    value: bytes
    headers: Sequence[tuple[str, bytes]]


class StoredRecord(Protocol):
    """A record as a consumer meets it: anything may be in it."""

    @property
    def key(self) -> bytes | None: ...
    @property
    def value(self) -> bytes | None: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


def encode(event: CloudEvent, traceparent: str | None = None) -> Record:
    """Write the event as a record; `decode` gives the same event back.

    `traceparent`, where given, stands in for the event's own: that of the span that sends it.
    """
    headers = [
        *_CONSTANT,
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
    value = _value(record)
    subject = _subject(record.key)
    headers = dict(record.headers)
    if headers.get("ce_specversion", SPEC_VERSION) != SPEC_VERSION:
        raise Unprocessable(Reason.UNKNOWN_VERSION)
    if "ce_specversion" not in headers:
        raise Unprocessable(Reason.MISSING_ATTRIBUTE)
    return CloudEvent(
        subject=subject,
        id=_attribute(headers, "ce_id"),
        source=_attribute(headers, "ce_source"),
        type=_attribute(headers, "ce_type"),
        time=_time(headers, "ce_time"),
        received_at=_time(headers, "ce_receivedtime"),
        agency=_attribute(headers, "ce_agency"),
        touchpoint=value,
        sequence=_sequence(headers),
        traceparent=_traceparent(headers),
    )


def _value(record: StoredRecord) -> bytes:
    if record.value is None:
        raise Unprocessable(Reason.NULL_VALUE)
    if len(record.value) > MAX_TOUCHPOINT_BYTES:
        raise Unprocessable(Reason.TOO_LARGE)
    return record.value


def _subject(key: bytes | None) -> UUID:
    try:
        subject = UUID(bytes.decode(key or b"", "ascii"))
    except ValueError:
        raise Unprocessable(Reason.WRONG_KEY) from None
    if str(subject).encode() != key:
        raise Unprocessable(Reason.WRONG_KEY)
    return subject


def _attribute(headers: Mapping[str, bytes], name: str) -> str:
    raw = headers.get(name)
    if raw is None:
        raise Unprocessable(Reason.MISSING_ATTRIBUTE)
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Unprocessable(Reason.INVALID_ATTRIBUTE) from None
    if not 0 < len(text) <= MAX_ATTRIBUTE or "\0" in text:
        raise Unprocessable(Reason.INVALID_ATTRIBUTE)
    return text


def _time(headers: Mapping[str, bytes], name: str) -> datetime:
    try:
        return instant(_attribute(headers, name))
    except (ValueError, OverflowError):
        raise Unprocessable(Reason.INVALID_ATTRIBUTE) from None


def _sequence(headers: Mapping[str, bytes]) -> int:
    raw = headers.get("ce_sequence", b"0")
    if not raw.isdigit() or len(raw) > MAX_SEQUENCE_DIGITS:
        raise Unprocessable(Reason.INVALID_ATTRIBUTE)
    return int(raw)


def _traceparent(headers: Mapping[str, bytes]) -> str | None:
    raw = headers.get("traceparent")
    return raw.decode("ascii", "replace") if raw else None
