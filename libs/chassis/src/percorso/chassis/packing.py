"""Headers of a record as bytes that any database keeps: JSON of names and base64 values."""

from base64 import b64decode, b64encode
from collections.abc import Sequence

import msgspec

Headers = Sequence[tuple[str, bytes]]


def pack(headers: Headers) -> bytes:
    """Write headers, whatever bytes they hold."""
    return msgspec.json.encode(
        [(name, b64encode(value or b"").decode()) for name, value in headers]
    )


def unpack(packed: bytes) -> list[tuple[str, bytes]]:
    """Read what `pack` wrote."""
    pairs = msgspec.json.decode(packed, type=list[tuple[str, str]])
    return [(name, b64decode(value)) for name, value in pairs]
