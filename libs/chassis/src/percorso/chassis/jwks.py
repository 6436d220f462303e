"""The public keys of an issuer, fetched when they are needed and kept."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from percorso.chassis.clock import Clock
from percorso.events.errors import Unavailable

TIMEOUT_S = 2.0  # the caller waits for it; PDND and our own issuer answer in tens of milliseconds
REFETCH_S = 10.0  # a flood of tokens with invented key ids must not become a flood of requests
RETRY_S = 1.0  # after a failure: what we tell our own callers to wait
# From then on the issuer is asked again, and a key that it withdrew is forgotten; while it is away
# the keys that it gave last still count, however old: its outage is not to be everybody's.
MAX_AGE_S = 600.0
MAX_DOCUMENT = 262_144  # bytes; a JWKS has a few keys of one or two kilobytes
MIN_RSA_BITS = 2048

_UNREADABLE = (ValueError, LookupError, TypeError, RecursionError)
PublicKey = ECKey | RSAKey


class KeySource:
    """The keys behind one `jwks_uri`."""

    def __init__(self, jwks_uri: str, client: httpx.AsyncClient, clock: Clock) -> None:
        self._uri = jwks_uri
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._keys: Mapping[str, PublicKey] = {}
        self._fetched_at: float | None = None
        self._tried_at = float("-inf")
        self._has_failed = False

    async def find(self, kid: str) -> PublicKey | None:
        """Return the key, None if the issuer has none of this name.

        Unavailable when the issuer would have to be asked and is away.
        """
        if not self._is_settled(kid):
            async with self._lock:
                if not self._is_settled(kid):
                    await self._refetch()
        key = self._keys.get(kid)
        if key is None and self._has_failed:
            raise Unavailable
        return key

    def _is_settled(self, kid: str) -> bool:
        now = self._clock.monotonic()
        is_fresh = self._fetched_at is not None and now - self._fetched_at < MAX_AGE_S
        pause = RETRY_S if self._has_failed and kid not in self._keys else REFETCH_S
        return (is_fresh and kid in self._keys) or now - self._tried_at < pause

    async def _refetch(self) -> None:
        self._has_failed = not await self._fetch()
        self._tried_at = self._clock.monotonic()  # only now: whoever asks meanwhile waits for it

    async def _fetch(self) -> bool:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                response = await self._client.get(self._uri)
            self._keys = _read(response)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, *_UNREADABLE):
            return False
        self._fetched_at = self._clock.monotonic()
        return True


def _read(response: httpx.Response) -> dict[str, PublicKey]:
    response.raise_for_status()
    if len(response.content) > MAX_DOCUMENT:
        raise ValueError("the key document is too large")
    entries = response.json()["keys"]
    keys = (_key(entry) for entry in entries if isinstance(entry, dict))
    return {key.kid: key for key in keys if key is not None and isinstance(key.kid, str)}


def _key(entry: dict[str, Any]) -> PublicKey | None:
    """Return the entry as a key for signatures; None for any other, as RFC 7517 asks."""
    if not isinstance(entry.get("kid"), str) or entry.get("use", "sig") != "sig":
        return None
    public = {name: entry[name] for name in _MEMBERS & entry.keys()}
    try:
        if entry.get("kty") == "EC" and entry.get("crv") == "P-256":
            return ECKey.import_key(public)
        if entry.get("kty") == "RSA" and _bits(entry.get("n")) >= MIN_RSA_BITS:
            return RSAKey.import_key(public)
    except (JoseError, ValueError, TypeError):
        return None
    return None


# Never the private members, whatever an issuer publishes by mistake.
_MEMBERS = frozenset({"kty", "kid", "use", "alg", "crv", "x", "y", "n", "e"})


def _bits(modulus: object) -> int:
    return len(modulus) * 6 if isinstance(modulus, str) else 0
