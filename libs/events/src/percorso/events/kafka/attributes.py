"""Reads CloudEvents attributes out of a record's headers, or says why it cannot."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from percorso.events.errors import Reason, Unprocessable
from percorso.events.ids import instant
from percorso.events.kafka import structured
from percorso.events.limits import MAX_ATTRIBUTE, MAX_SEQUENCE_DIGITS, MAX_TOUCHPOINT_BYTES

VERSION, SPEC_VERSION = "ce_specversion", b"1.0"
CONSTANT = ((VERSION, SPEC_VERSION), ("content-type", b"application/json"))


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


def check_value(value: bytes | None, headers: Sequence[tuple[str, bytes]] = ()) -> bytes:
    """Return the value if it is there and within its limit, which `headers` may raise."""
    if value is None:
        raise Unprocessable(Reason.NULL_VALUE)
    if len(value) > MAX_TOUCHPOINT_BYTES and len(value) > structured.limit(dict(headers)):
        raise Unprocessable(Reason.TOO_LARGE)
    return value


def read(record: StoredRecord) -> tuple[Mapping[str, bytes], bytes]:
    """Return the headers of an event of our version, and its payload, which is within its limit."""
    headers: Mapping[str, bytes] = dict(record.headers)
    value = record.value
    if value is not None and VERSION not in headers:
        headers, value = structured.in_binary(headers, value)
    value = check_value(value)
    version = headers.get(VERSION)
    if version != SPEC_VERSION:
        raise Unprocessable(Reason.MISSING_ATTRIBUTE if version is None else Reason.UNKNOWN_VERSION)
    return headers, value


def attribute(headers: Mapping[str, bytes], name: str) -> str:
    """Return a required attribute, 1 to 256 characters without NUL."""
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


def time(headers: Mapping[str, bytes], name: str) -> datetime:
    """Return a required time as UTC."""
    try:
        return instant(attribute(headers, name))
    except (ValueError, OverflowError):
        raise Unprocessable(Reason.INVALID_ATTRIBUTE) from None


def sequence(headers: Mapping[str, bytes]) -> int:
    """Return the sequence, 0 where there is none."""
    raw = headers.get("ce_sequence", b"0")
    if not raw.isdigit() or len(raw) > MAX_SEQUENCE_DIGITS:
        raise Unprocessable(Reason.INVALID_ATTRIBUTE)
    return int(raw)


def traceparent(headers: Mapping[str, bytes]) -> str | None:
    """Return the trace context, None where there is none."""
    raw = headers.get("traceparent")
    return raw.decode("ascii", "replace") if raw else None
