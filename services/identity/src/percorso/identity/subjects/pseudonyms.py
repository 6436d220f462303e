"""Pseudonyms: the subject that stands for one identifier, made with the key and no look-up."""

import hmac
from uuid import UUID

from percorso.events.ids import uuid_of

_RANDOM_BITS = ~((0xF << 76) | (0x3 << 62))
_VERSION_8 = (0x8 << 76) | (0x2 << 62)  # RFC 9562: the version and the variant's bits


def subject(key: bytes, scheme: str, normalised: str) -> UUID:
    """Return the first 128 bits of HMAC-SHA-256 over `subject`, scheme and value, NUL between.

    Six of them are overwritten with a UUID's version and variant. Neither part holds a NUL, so
    two different identifiers never give the same bytes.
    """
    digest = hmac.digest(key, f"subject\0{scheme}\0{normalised}".encode(), "sha256")
    return uuid_of(int.from_bytes(digest[:16], "big") & _RANDOM_BITS | _VERSION_8)


def check_value(key: bytes) -> bytes:
    """Return what tells this key from another and nothing else about it."""
    return hmac.digest(key, b"check", "sha256")


def cursor_key(key: bytes) -> bytes:
    """Return a key to sign cursors with, of which nothing about this key can be told."""
    return hmac.digest(key, b"cursor", "sha256")
