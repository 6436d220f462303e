"""Client assertions: by what one of our services proves who it is (RFC 7521, RFC 7523)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

MAX_ASSERTION = 4_096  # characters; one of ours has some 500
MAX_LIFETIME_S = 300  # a used assertion is remembered as long as it lives
LEEWAY_S = 60  # as for tokens
MAX_JTI = 256


class Fault(StrEnum):
    """Why an assertion was refused; the closed list of `detail`."""

    MISSING = "There is no client assertion"
    MALFORMED = "The assertion cannot be read"
    UNTRUSTED = "The assertion is not signed by a known service"
    CLAIMS = "The assertion does not say what it must"
    AUDIENCE = "The assertion is for somebody else"
    EXPIRED = "The assertion has expired"
    EARLY = "The assertion is not valid yet"
    TOO_LONG = "The assertion is valid for more than five minutes"
    USED = "The assertion was used before"


class Refused(Exception):
    """The assertion proves nothing; `fault` says why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Assertion:
    """A service that has proved its name, if nobody used this before.

    After `forgotten_at`, in seconds since 1970, it is refused as expired.
    """

    service: str
    jti: str
    forgotten_at: int


def read(
    text: str, keys: Mapping[str, ECKey], *, audiences: Collection[str], now: float
) -> Assertion:
    """Return what an assertion proves, or raise Refused.

    `audiences` are the names of whom it may be made for: exactly one of them, and nobody else, so
    that what was made for another server is of no use here.
    """
    service, claims = _signed(text, keys)
    if claims.get("iss") != service or claims.get("sub") != service:
        raise Refused(Fault.CLAIMS)
    named = claims.get("aud")
    sole = named[0] if isinstance(named, list) and len(named) == 1 else named
    if not isinstance(sole, str) or sole not in audiences:
        raise Refused(Fault.AUDIENCE)
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= MAX_JTI or not jti.isprintable():
        raise Refused(Fault.CLAIMS)
    return Assertion(service, jti, _checked_end(claims, now))


def _signed(text: str, keys: Mapping[str, ECKey]) -> tuple[str, Mapping[str, Any]]:
    def find(signed: Any) -> ECKey:
        kid = signed.headers().get("kid")
        if not isinstance(kid, str) or kid not in keys:
            raise Refused(Fault.UNTRUSTED)
        return keys[kid]

    if not text.isascii() or len(text) > MAX_ASSERTION:
        raise Refused(Fault.MALFORMED)
    try:
        token = jwt.decode(text, find, algorithms=["ES256"])
    except (JoseError, ValueError, TypeError, RecursionError):
        raise Refused(Fault.UNTRUSTED) from None
    return token.header["kid"], token.claims


def _checked_end(claims: Mapping[str, Any], now: float) -> int:
    """Return when the assertion need not be remembered any more."""
    ends_at = _instant(claims["exp"]) if "exp" in claims else None
    if ends_at is None:
        raise Refused(Fault.CLAIMS)
    if now >= ends_at + LEEWAY_S:
        raise Refused(Fault.EXPIRED)
    if ends_at > now + MAX_LIFETIME_S + LEEWAY_S:
        raise Refused(Fault.TOO_LONG)
    begins = [_instant(claims[name]) for name in ("nbf", "iat") if name in claims]
    if any(begin > now + LEEWAY_S for begin in begins):
        raise Refused(Fault.EARLY)
    return ends_at + LEEWAY_S


def _instant(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Refused(Fault.CLAIMS)
    return value
