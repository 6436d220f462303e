"""Sealing: AES-256-GCM (NIST SP 800-38D) of addresses under a data key, and of data keys under a master key.

What is sealed says nothing about itself but its length, opens for its own subject and kind alone, and
not at all when a bit of it was changed.
"""

import hmac
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
# Fresh for each sealing: one key may make 2^32 of random ones (SP 800-38D, section 8.3), seventy
# changes of each citizen of Italy.
NONCE_BYTES = 12
MASTER_ID_BYTES = 8


class Unopened(Exception):
    """It was sealed with another key, for another subject or kind, or was changed since."""


def new_data_key() -> bytes:
    """Return a key that never was."""
    return os.urandom(KEY_BYTES)


def seal(data_key: bytes, address: str, *, subject: UUID, kind: str) -> bytes:
    """Return the address, sealed for this subject and kind."""
    return _seal(data_key, address.encode(), _of_contact(subject, kind))


def unseal(data_key: bytes, sealed: bytes, *, subject: UUID, kind: str) -> str:
    """Return the address that was sealed for this subject and kind; Unopened if it was not."""
    return _unseal(data_key, sealed, _of_contact(subject, kind)).decode()


def wrap(master: bytes, data_key: bytes, *, key_id: UUID) -> bytes:
    """Return the data key, sealed under the master key and for its own name."""
    return _seal(master, data_key, _of_data_key(key_id))


def unwrap(master: bytes, wrapped: bytes, *, key_id: UUID) -> bytes:
    """Return the data key; Unopened if this master key did not wrap it for this name."""
    return _unseal(master, wrapped, _of_data_key(key_id))


def master_id(master: bytes) -> bytes:
    """Return what tells this master key from another and nothing else about it."""
    return hmac.digest(master, b"master id", "sha256")[:MASTER_ID_BYTES]


def _seal(key: bytes, content: bytes, bound_to: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, content, bound_to)


def _unseal(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to)
    except (InvalidTag, ValueError):
        raise Unopened("what was sealed does not open") from None


def _of_contact(subject: UUID, kind: str) -> bytes:
    return b"contact\0" + subject.bytes + kind.encode()


def _of_data_key(key_id: UUID) -> bytes:
    return b"data key\0" + key_id.bytes
