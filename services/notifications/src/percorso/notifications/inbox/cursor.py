"""Signed cursors: a place in one citizen's inbox; pure."""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

MAC_BYTES = 16
_PLACE = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Place(NamedTuple):
    """Where a message lies: when it came, and which of that instant it is."""

    settled_at: datetime
    message_id: UUID


class InvalidCursor(Exception):
    """The cursor was not made by us for this citizen."""


def encode(key: bytes, subject: UUID, place: Place) -> str:
    """Write a place as an opaque text that only `decode` with the same key and subject reads."""
    microseconds = (place.settled_at - _EPOCH) // _MICROSECOND
    packed = _PLACE.pack(microseconds, place.message_id.bytes)
    return urlsafe_b64encode(packed + _mac(key, subject, packed)).decode()


def decode(key: bytes, subject: UUID, cursor: str) -> Place:
    """Read a place back; InvalidCursor if it was altered, or made for another citizen."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        raise InvalidCursor from None
    packed, mac = raw[: _PLACE.size], raw[_PLACE.size :]
    if not hmac.compare_digest(mac, _mac(key, subject, packed)):
        raise InvalidCursor
    microseconds, message_id = _PLACE.unpack(packed)
    return Place(_EPOCH + microseconds * _MICROSECOND, UUID(bytes=message_id))


def _mac(key: bytes, subject: UUID, packed: bytes) -> bytes:
    return hmac.digest(key, b"inbox" + subject.bytes + packed, "sha256")[:MAC_BYTES]
