"""Signed cursors: a place in one citizen's access log; pure."""

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from uuid import UUID

MAC_BYTES = 16
_PLACE = struct.Struct(">q16s")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

Place = tuple[datetime, UUID]


class InvalidCursor(Exception):
    """The cursor was not made by us for this citizen."""


def encode(key: bytes, subject: UUID, place: Place) -> str:
    """Write a place as an opaque text that only `decode` with the same key and subject reads."""
    at, entry_id = place
    packed = _PLACE.pack((at - _EPOCH) // _MICROSECOND, entry_id.bytes)
    return urlsafe_b64encode(packed + _mac(key, subject, packed)).decode()


def decode(key: bytes, subject: UUID, cursor: str) -> Place:
    """Read a place back; InvalidCursor if it was altered, or made for another subject."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii"))
    except ValueError:
        raise InvalidCursor from None
    packed, mac = raw[: _PLACE.size], raw[_PLACE.size :]
    if not hmac.compare_digest(mac, _mac(key, subject, packed)):
        raise InvalidCursor
    microseconds, entry_id = _PLACE.unpack(packed)
    return _EPOCH + microseconds * _MICROSECOND, UUID(bytes=entry_id)


def _mac(key: bytes, subject: UUID, packed: bytes) -> bytes:
    return hmac.digest(key, subject.bytes + packed, "sha256")[:MAC_BYTES]
