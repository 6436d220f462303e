"""News of touchpoints between processes: PostgreSQL's NOTIFY carries where each new one stands."""

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

Place = tuple[datetime, int, UUID]

CHANNEL = "percorso_touchpoints"
_NEWS = struct.Struct(">16sqq16s")
_MOST = 8_000 * 3 // 4 // _NEWS.size - 1  # NOTIFY takes less than 8,000 bytes, in base64 here
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class News(NamedTuple):
    """A touchpoint that was added: whose it is and where it stands."""

    subject: UUID
    place: Place


def payloads(news: Sequence[News]) -> Iterator[str]:
    """Write news as few payloads as they fit in."""
    for start in range(0, len(news), _MOST):
        packed = b"".join(_pack(each) for each in news[start : start + _MOST])
        yield b64encode(packed).decode()


def read(payload: str) -> Iterator[News]:
    """Read what `payloads` wrote."""
    for subject, microseconds, sequence, event_key in _NEWS.iter_unpack(b64decode(payload)):
        occurred_at = _EPOCH + microseconds * _MICROSECOND
        yield News(UUID(bytes=subject), (occurred_at, sequence, UUID(bytes=event_key)))


def _pack(news: News) -> bytes:
    occurred_at, sequence, event_key = news.place
    microseconds = (occurred_at - _EPOCH) // _MICROSECOND
    return _NEWS.pack(news.subject.bytes, microseconds, sequence, event_key.bytes)
