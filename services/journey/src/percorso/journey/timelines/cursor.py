"""Signed cursors: a place in one citizen's timeline under one choice of filters; pure."""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

MAC_BYTES = 16
_PLACE = struct.Struct(">qq16s16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Place = tuple[datetime, int, UUID, UUID]


class InvalidCursor(Exception):
    """The cursor was not made by us for this timeline and these filters."""


def encode(key: bytes, scope: bytes, place: Place) -> str:
    """Write a place as an opaque text that only `decode` with the same key and scope reads."""
    occurred_at, sequence, event_key, subject = place
    microseconds = (occurred_at - _EPOCH) // _MICROSECOND
    packed = _PLACE.pack(microseconds, sequence, event_key.bytes, subject.bytes)
    return urlsafe_b64encode(packed + _mac(key, scope, packed)).decode()


def decode(key: bytes, scope: bytes, cursor: str) -> Place:
    """Read a place back; InvalidCursor if it was altered, or made for another scope."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        raise InvalidCursor from None
    packed, mac = raw[: _PLACE.size], raw[_PLACE.size :]
    if not hmac.compare_digest(mac, _mac(key, scope, packed)):
        raise InvalidCursor
    microseconds, sequence, event_key, subject = _PLACE.unpack(packed)
    occurred_at = _EPOCH + microseconds * _MICROSECOND
    return occurred_at, sequence, UUID(bytes=event_key), UUID(bytes=subject)


def _mac(key: bytes, scope: bytes, packed: bytes) -> bytes:
    # The scope's length goes first, so that scope and place cannot be shifted into each other.
    message = struct.pack(">q", len(scope)) + scope + packed
    return hmac.digest(key, message, "sha256")[:MAC_BYTES]
