"""The proof that whoever brings a code is who asked for it (RFC 7636)."""

import hmac
import re
from base64 import urlsafe_b64encode
from hashlib import sha256

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def challenge(verifier: str) -> str:
    """Return the challenge that goes with a verifier, by the method S256."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


def proves(verifier: str, given: str) -> bool:
    """Say whether the verifier is the one that the challenge was made of."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    return hmac.compare_digest(challenge(verifier), given)
