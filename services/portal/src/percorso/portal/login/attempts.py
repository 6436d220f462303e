"""What binds the end of a login to the browser that began it (RFC 7636, between the portal and identity); pure."""

import re
import secrets
from base64 import urlsafe_b64encode
from hashlib import sha256

LEVEL = 2  # what deciding on consents takes
_VERIFIER = re.compile(r"[A-Za-z0-9_-]{43}")


def verifier(kept: str) -> str:
    """Return what a browser keeps, or a new one: it may log in from several windows at once."""
    return kept if _VERIFIER.fullmatch(kept) else secrets.token_urlsafe(32)


def challenge(of: str) -> str:
    """Return what identity is told of a verifier, by the method S256."""
    return urlsafe_b64encode(sha256(of.encode()).digest()).decode().rstrip("=")


def level_of(text: str | None) -> int:
    """Return the SPID level that was asked for, never less than what our pages need."""
    return 3 if text == "3" else LEVEL
