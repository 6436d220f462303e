"""What the provider signs: who has logged in, and what it says of them."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from joserfc import jwe, jwt
from joserfc.jwk import RSAKey

from percorso.city.provider.clients import Client

LIFETIME_S = 180  # of an ID token, as in SPID's examples
ENCRYPTION = {"alg": "RSA-OAEP-256", "enc": "A256CBC-HS512"}


def read_key(path: Path) -> RSAKey:
    """Return the RSA private key of a PEM file, named by its thumbprint."""
    key = RSAKey.import_key(path.read_bytes(), {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return key


class Signer:
    """Signs as the issuer."""

    def __init__(self, issuer: str, key: RSAKey) -> None:
        self._issuer = issuer
        self._key = key
        self._salt = sha256(key.as_bytes(private=True)).digest()
        self.jwks: Mapping[str, Any] = {"keys": [key.as_dict(private=False)]}

    def subject(self, client: Client, fiscal_number: str) -> str:
        """Name a person for one client alone: another client gets another name."""
        return hmac.digest(
            self._salt, f"{client.client_id}\0{fiscal_number}".encode(), sha256
        ).hex()

    def id_token(
        self, client: Client, access_token: str, now: float, claims: Mapping[str, Any]
    ) -> str:
        """Sign that somebody has logged in, bound to the access token that goes with it."""
        bound = {"at_hash": _half_hash(access_token)}
        return self._signed(client, now, {**claims, **bound})

    def user_info(self, client: Client, now: float, claims: Mapping[str, Any]) -> str:
        """Sign what is said of a person, and encrypt it for the client."""
        key = client.encryption_key
        header = {**ENCRYPTION, "cty": "JWT", "kid": key.kid}
        text = self._signed(client, now, claims)
        return jwe.encrypt_compact(header, text, key, algorithms=list(ENCRYPTION.values()))

    def _signed(self, client: Client, now: float, claims: Mapping[str, Any]) -> str:
        at = int(now)
        own = {"iss": self._issuer, "aud": client.client_id, "iat": at, "nbf": at}
        header = {"alg": "RS256", "kid": self._key.kid}
        return jwt.encode(header, {**claims, **own, "exp": at + LIFETIME_S}, self._key, ["RS256"])


def _half_hash(text: str) -> str:
    """Return the left half of the SHA-256, as OpenID Connect binds an access token."""
    return urlsafe_b64encode(sha256(text.encode()).digest()[:16]).decode().rstrip("=")
