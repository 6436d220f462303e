"""The provider's clients, and what they sign: requests for a login, and assertions of who they are."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey

ALGORITHMS = ["RS256"]  # what SPID's rules oblige everybody to support
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LEEWAY_S = 10
MAX_LIFETIME_S = 600  # of whatever a client signs
_MAX_JTI = 256

Claims = Mapping[str, Any]


class Untrusted(Exception):
    """No client of ours has signed this, for us and for now."""


class Client(NamedTuple):
    """Who may send people here; the keys are public halves."""

    client_id: str
    redirect_uris: Sequence[str]
    keys: KeySet

    @property
    def encryption_key(self) -> RSAKey:
        """The key for what only this client shall read."""
        for key in self.keys.keys:
            if isinstance(key, RSAKey) and key.get("use") == "enc":
                return key
        raise LookupError("the client has no RSA key for encryption")


def read_keys(path: Path) -> KeySet:
    """Return the public keys of a client, from a JWKS file."""
    return KeySet.import_key_set(json.loads(path.read_bytes()))


def signed(text: str, client: Client, audiences: Collection[str], now: float) -> Claims:
    """Return the claims that a client has signed, for one of the audiences and for now."""
    try:
        token = jwt.decode(text, _signing_keys(client), algorithms=ALGORITHMS)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Untrusted from error
    claims = token.claims
    named = claims.get("aud")
    is_ours = isinstance(named, str) and named in audiences
    if claims.get("iss") != client.client_id or not is_ours or not _is_current(claims, now):
        raise Untrusted
    return claims


def assertion_id(claims: Claims, client: Client) -> str:
    """Return the number of an assertion of who the client is (RFC 7523)."""
    jti = claims.get("jti")
    if claims.get("sub") != client.client_id or not isinstance(jti, str) or len(jti) > _MAX_JTI:
        raise Untrusted
    return jti


def _signing_keys(client: Client) -> KeySet:
    return KeySet([key for key in client.keys.keys if key.get("use") != "enc"])


def _is_current(claims: Claims, now: float) -> bool:
    issued_at, ends_at = claims.get("iat"), claims.get("exp")
    if not isinstance(issued_at, int) or not isinstance(ends_at, int):
        return False
    return issued_at - LEEWAY_S <= now < ends_at <= issued_at + MAX_LIFETIME_S
