"""A login under way, and one that has succeeded: what is kept of them, and what never is."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

ATTEMPT_LIFETIME = timedelta(minutes=10)  # to find the card and the telephone
CODE_LIFETIME = timedelta(seconds=60)  # between two redirects of one browser
MAX_ATTEMPTS = 100_000  # at once, some 100 MB; a flood of them is kept off before it reaches us


@dataclass(frozen=True, slots=True)
class Asked:
    """What the portal asks for; `challenge` binds the outcome to the browser that began there."""

    challenge: str
    return_to: str
    level: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A login that a provider was asked for; its state and its browser are known by digests only."""

    asked: Asked
    provider: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Login:
    """A login that has succeeded: a pseudonym and a level, neither name nor fiscal number."""

    subject: UUID
    level: int
    challenge: str
    return_to: str


def random_text() -> str:
    """Return 43 characters that nobody can guess, all of them fit for a URL and a cookie."""
    return secrets.token_urlsafe(32)


def digest(text: str) -> bytes:
    """Return what tells whether somebody has the text, and does not give it away."""
    return sha256(text.encode()).digest()
