"""Codes by which a message proves that it is ours: 100 bits, made of a key and the message's id; pure."""

import hmac
import re
from hashlib import sha256
from uuid import UUID

# Crockford's base 32: no letter that a reader takes for a digit, or for another letter.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 20
MAX_TYPED = 64  # characters, with all the blanks and dashes that somebody may type
_BITS = 5 * LENGTH
_MEANT = str.maketrans("OIL", "011", " -\t")
_FORM = re.compile(f"[{ALPHABET}]{{{LENGTH}}}")


def code(key: bytes, message_id: UUID) -> str:
    """Return a message's code, always the same: five groups of four, joined by dashes."""
    mac = hmac.digest(key, b"code\0" + message_id.bytes, "sha256")
    number = int.from_bytes(mac, "big") >> (256 - _BITS)
    plain = "".join(ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return "-".join(plain[at : at + 4] for at in range(0, LENGTH, 4))


def digest(typed: str) -> bytes | None:
    """Return under which hash a code is kept, however it was typed; None if it is no code.

    The hash tells nobody the code, and looking it up takes no longer for a good guess.
    """
    plain = typed.upper().translate(_MEANT)
    return sha256(plain.encode()).digest() if _FORM.fullmatch(plain) else None
