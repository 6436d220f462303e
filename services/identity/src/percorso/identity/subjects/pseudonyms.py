"""Pseudonyms: the subject that stands for one identifier, made with the key and no look-up."""

from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from hashlib import _Hash

_BLOCK_SIZE = 64  # SHA-256's, to which HMAC pads its key
_INNER_PAD = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PAD = bytes(byte ^ 0x5C for byte in range(256))
_RANDOM_BITS = ~((0xF << 76) | (0x3 << 62))
_VERSION_8 = (0x8 << 76) | (0x2 << 62)  # RFC 9562: the version and the variant's bits


def subject(key: bytes, scheme: str, normalised: str) -> UUID:
    """Return the first 128 bits of HMAC-SHA-256 over `subject`, scheme and value, NUL between.

    Six of them are overwritten with a UUID's version and variant. Neither part holds a NUL, so
    two different identifiers never give the same bytes.
    """
    digest = _hmac_sha256(key, f"subject\0{scheme}\0{normalised}".encode())
    return UUID(int=int.from_bytes(digest[:16], "big") & _RANDOM_BITS | _VERSION_8)


def check_value(key: bytes) -> bytes:
    """Return what tells this key from another and nothing else about it."""
    return _hmac_sha256(key, b"check")


def _hmac_sha256(key: bytes, message: bytes) -> bytes:
    """Return what `hmac.digest` does, in 0.7 us instead of 1.6: the key's blocks are kept hashed."""
    inner_start, outer_start = _states(key)
    inner = inner_start.copy()
    outer = outer_start.copy()
    inner.update(message)
    outer.update(inner.digest())
    return outer.digest()


@lru_cache(maxsize=4)  # a process has one key; tests have a few
def _states(key: bytes) -> tuple["_Hash", "_Hash"]:
    block = (sha256(key).digest() if len(key) > _BLOCK_SIZE else key).ljust(_BLOCK_SIZE, b"\0")
    return sha256(block.translate(_INNER_PAD)), sha256(block.translate(_OUTER_PAD))
