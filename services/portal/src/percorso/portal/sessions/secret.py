"""The secret that a browser's cookie holds, and what is made of it; pure.

One random value names the session's row, opens what is sealed in it, and marks its forms. The
database has only the name, so that whoever reads it can neither be anybody nor read a token.
"""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BYTES = 32
_NONCE_BYTES = 12
_TEXT = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes without padding


class Secret:
    """One session's secret."""

    __slots__ = ("_value",)

    def __init__(self, value: bytes) -> None:
        self._value = value

    @classmethod
    def new(cls) -> "Secret":
        """Return one that nobody has."""
        return cls(secrets.token_bytes(BYTES))

    @classmethod
    def read(cls, text: str) -> "Secret | None":
        """Return the secret of a cookie; None where it cannot be one of ours."""
        return cls(urlsafe_b64decode(f"{text}=")) if _TEXT.fullmatch(text) else None

    @property
    def text(self) -> str:
        """Return what the cookie holds."""
        return _text(self._value)

    @property
    def digest(self) -> bytes:
        """Return the name of the session's row."""
        return self._made_for("row")

    @property
    def form_mark(self) -> str:
        """Return what every form of this session carries, and no other site can know."""
        return _text(self._made_for("forms"))

    def marks(self, given: str) -> bool:
        """Say whether a form is one of this session."""
        return hmac.compare_digest(self.form_mark.encode(), given.encode())

    def seal(self, content: bytes) -> bytes:
        """Encrypt what only this secret shall open."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + AESGCM(self._made_for("content")).encrypt(nonce, content, self.digest)

    def open(self, sealed: bytes) -> bytes:
        """Return what was sealed; ValueError where it was not by this secret."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        try:
            return AESGCM(self._made_for("content")).decrypt(nonce, rest, self.digest)
        except InvalidTag:
            raise ValueError("sealed by another secret, or changed") from None

    def _made_for(self, use: str) -> bytes:
        return hmac.digest(self._value, use.encode(), sha256)


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")
