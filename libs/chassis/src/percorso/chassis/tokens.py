"""Verifies bearer tokens: who calls, said by an issuer that we trust."""

import json
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from hashlib import sha256
from typing import Any

import httpx
from joserfc import jws
from joserfc.errors import JoseError

from percorso.chassis import callers
from percorso.chassis.callers import Caller
from percorso.chassis.clock import Clock, SystemClock
from percorso.chassis.jwks import TIMEOUT_S, KeySource, PublicKey
from percorso.chassis.problems import Unauthorized
from percorso.chassis.settings import TokenSettings, TrustedIssuer

MAX_TOKEN = 8_192  # bytes; looked at before anything else
MAX_CACHED = 10_000  # tokens of one hour: more callers than one process serves
LEEWAY_S = 60
ALGORITHMS: Mapping[str, str] = {"ES256": "EC", "RS256": "RSA", "PS256": "RSA"}
_SCHEME = "bearer "
_MAX_HEADER = len(_SCHEME) + MAX_TOKEN
# Unknown header members are ignored, as RFC 7515 says; what must be understood is refused by us.
_REGISTRY = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)


class Refusal(StrEnum):
    """Why a token was refused; the closed list of `detail`."""

    MISSING = "There is no bearer token"
    MALFORMED = "The token cannot be read"
    UNTRUSTED = "The token is not signed by a trusted issuer"
    EXPIRED = "The token has expired"
    EARLY = "The token is not valid yet"
    AUDIENCE = "The token is for another service"
    CLAIMS = "The token does not say who calls"


class Tokens:
    """Verifies tokens for one service, and remembers those it has verified until they expire."""

    def __init__(
        self,
        service: str,
        issuers: Iterable[TrustedIssuer],
        *,
        client: httpx.AsyncClient,
        clock: Clock,
    ) -> None:
        self._audience = f"urn:percorso:{service}"
        self._clock = clock
        self._issuers = {
            trusted.issuer: (trusted, KeySource(str(trusted.jwks_uri), client, clock))
            for trusted in issuers
        }
        self._verified: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def cached(self, authorization: str | None) -> Caller | None:
        """Return the caller of a header that was verified before; one SHA-256 and a look-up."""
        if not authorization or len(authorization) > _MAX_HEADER or not authorization.isascii():
            return None
        digest = sha256(authorization.encode()).digest()
        entry = self._verified.get(digest)
        if entry is None:
            return None
        if self._clock.timestamp() >= entry[0]:
            del self._verified[digest]
            return None
        self._verified.move_to_end(digest)
        return entry[1]

    async def verify(self, authorization: str | None) -> Caller:
        """Return who calls; Unauthorized, or Unavailable when the issuer's keys cannot be had."""
        caller = self.cached(authorization)
        if caller is not None:
            return caller
        token = _bearer(authorization)
        claims, trusted = await self._signed_claims(token)
        expires_at = self._check_times(claims)
        caller = self._check_caller(claims, trusted)
        self._remember(f"{authorization}", expires_at, caller)
        return caller

    async def _signed_claims(self, token: str) -> tuple[Mapping[str, Any], TrustedIssuer]:
        header, claims = _unverified(token)
        algorithm, kid = _checked_header(header)
        issuer = claims.get("iss")
        if not isinstance(issuer, str) or issuer not in self._issuers:
            raise Unauthorized(Refusal.UNTRUSTED)
        trusted, keys = self._issuers[issuer]
        key = await keys.find(kid)
        if key is None or not _is_signed(token, algorithm, key):
            raise Unauthorized(Refusal.UNTRUSTED)
        return claims, trusted

    def _check_times(self, claims: Mapping[str, Any]) -> int:
        expires_at, not_before, issued_at = (_instant(claims, n) for n in ("exp", "nbf", "iat"))
        now = self._clock.timestamp()
        if now >= expires_at + LEEWAY_S:
            raise Unauthorized(Refusal.EXPIRED)
        if max(not_before, issued_at) > now + LEEWAY_S:
            raise Unauthorized(Refusal.EARLY)
        return expires_at + LEEWAY_S

    def _check_caller(self, claims: Mapping[str, Any], trusted: TrustedIssuer) -> Caller:
        audience = claims.get("aud")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise Unauthorized(Refusal.AUDIENCE)
        try:
            kind, caller = callers.of(claims)
        except ValueError as error:
            raise Unauthorized(Refusal.CLAIMS) from error
        if kind not in trusted.callers:
            raise Unauthorized(Refusal.UNTRUSTED)
        return caller

    def _remember(self, authorization: str, expires_at: float, caller: Caller) -> None:
        self._verified[sha256(authorization.encode()).digest()] = (expires_at, caller)
        if len(self._verified) > MAX_CACHED:
            self._verified.popitem(last=False)


@asynccontextmanager
async def open_tokens(
    service: str,
    settings: TokenSettings,
    clock: Clock | None = None,
    *,
    mounts: Mapping[str, httpx.AsyncBaseTransport] | None = None,
) -> AsyncIterator[Tokens]:
    """Yield the verifier of a service; keys are fetched when the first token asks for them.

    `mounts` answer for addresses whose keys are at hand without HTTP.
    """
    # A proxy cannot reach our loopback.
    direct = dict.fromkeys(f"all://{host}" for host in ("127.0.0.1", "localhost", "[::1]"))
    async with httpx.AsyncClient(timeout=TIMEOUT_S, mounts={**direct, **(mounts or {})}) as client:
        yield Tokens(service, settings.issuers, client=client, clock=clock or SystemClock())


def _bearer(authorization: str | None) -> str:
    if not authorization:
        raise Unauthorized(Refusal.MISSING)
    if len(authorization) > _MAX_HEADER or not authorization.isascii():
        raise Unauthorized(Refusal.MALFORMED)
    if authorization[: len(_SCHEME)].lower() != _SCHEME:
        raise Unauthorized(Refusal.MISSING)
    return authorization[len(_SCHEME) :]


def _unverified(token: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    try:
        parts = jws.extract_compact(token.encode(), registry=_REGISTRY)
        header, claims = parts.headers(), json.loads(parts.payload)
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise Unauthorized(Refusal.MALFORMED) from error
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise Unauthorized(Refusal.MALFORMED)
    return header, claims


def _checked_header(header: Mapping[str, Any]) -> tuple[str, str]:
    algorithm, kid, kind = (header.get(name) for name in ("alg", "kid", "typ"))
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") != "at+jwt":
        raise Unauthorized(Refusal.MALFORMED)
    if "crit" in header or "b64" in header:
        raise Unauthorized(Refusal.MALFORMED)
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS or not isinstance(kid, str):
        raise Unauthorized(Refusal.UNTRUSTED)
    return algorithm, kid


def _is_signed(token: str, algorithm: str, key: PublicKey) -> bool:
    if key.key_type != ALGORITHMS[algorithm] or key.get("alg") not in {None, algorithm}:
        return False
    try:
        jws.deserialize_compact(token, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError):
        return False
    return True


def _instant(claims: Mapping[str, Any], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unauthorized(Refusal.CLAIMS)
    return value
