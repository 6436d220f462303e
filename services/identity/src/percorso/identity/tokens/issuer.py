"""Our own issuer: signs tokens of every caller and publishes its key."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from percorso.chassis.callers import Agency, Caller, Citizen, Operator, acr
from percorso.chassis.clock import Clock

LIFETIME_S = 3_600
AUDIENCE = [
    f"urn:percorso:{service}"
    for service in ("identity", "journey", "insights", "notifications", "portal")
]


class UnusableIssuerKey(Exception):
    """The file holds no private key for ES256; the text never holds any of it."""


def read_key(path: Path) -> ECKey:
    """Return the EC P-256 private key of the PEM file, named by its RFC 7638 thumbprint."""
    try:
        key = ECKey.import_key(path.read_bytes(), {"use": "sig", "alg": "ES256"})
    except OSError:
        raise UnusableIssuerKey("the file of the issuer's key cannot be read") from None
    except (JoseError, ValueError, TypeError):
        raise UnusableIssuerKey("the file of the issuer's key is not a PEM private key") from None
    if not key.is_private or key.curve_name != "P-256":
        raise UnusableIssuerKey("the issuer's key is not an EC P-256 private key")
    key.ensure_kid()
    return key


class Issuer:
    """Signs tokens that live an hour and are for all services, unless it is asked for less."""

    def __init__(self, url: str, key: ECKey, clock: Clock) -> None:
        self._url = url
        self._key = key
        self._clock = clock
        self._header = {"alg": "ES256", "typ": "at+jwt", "kid": key.kid}
        self.jwks: Mapping[str, Any] = {"keys": [key.as_dict(private=False)]}

    def sign(
        self, caller: Caller, *, audience: Sequence[str] = AUDIENCE, lifetime_s: int = LIFETIME_S
    ) -> str:
        """Return a token that says who calls."""
        now = int(self._clock.timestamp())
        claims = {
            "iss": self._url,
            "aud": [*audience],
            "iat": now,
            "nbf": now,
            "exp": now + lifetime_s,
            "jti": secrets.token_urlsafe(16),
        }
        return jwt.encode(self._header, claims | claims_of(caller), self._key, ["ES256"])


def claims_of(caller: Caller) -> dict[str, Any]:
    """Return the claims that make this caller (contract, section 2)."""
    match caller:
        case Agency():
            return {
                "sub": caller.code,
                "client_id": caller.code,
                "purposeId": caller.purpose_id,
            }
        case Citizen():
            return {
                "sub": str(caller.subject),
                "acr": acr(caller.level),
            }
        case Operator():
            return {
                "sub": caller.subject,
                "agency": caller.agency,
                "role": caller.role.value,
                "purpose": caller.purpose,
                "case": caller.case,
            }
    return {"sub": caller.name, "client_id": caller.name}
