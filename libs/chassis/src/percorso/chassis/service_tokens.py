"""How one of our services proves to another who it is: a token of identity, asked for by signature."""

import asyncio
import secrets
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from percorso.chassis import logs
from percorso.chassis.clock import Clock, SystemClock
from percorso.chassis.settings import Misconfigured
from percorso.events.errors import Unavailable

PATH = "/v1/service-tokens"
DEADLINE_S = 2.0  # whoever waits for it has a deadline of its own, longer than this
ASSERTION_S = 60  # for one request, made at once
RENEW_BEFORE_S = 60.0  # longer than any call that a token is carried by
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

_log = logs.get(__name__)


class ServiceTokens:
    """Tokens with which the service `name` calls the service `audience`, kept until shortly before they end.

    A context manager: it holds connections. `identity_url` is the one that identity calls its
    issuer's or its own public one: no other is taken. Misconfigured without a usable key.
    """

    def __init__(
        self,
        identity_url: str,
        name: str,
        key_file: Path,
        audience: str,
        *,
        client: httpx.AsyncClient | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._url = f"{identity_url.rstrip('/')}{PATH}"
        self._name = name
        self._key = read_key(key_file)
        self._resource = f"urn:percorso:{audience}"
        # A proxy of the environment has no business between two of our services.
        self._client = client or httpx.AsyncClient(timeout=DEADLINE_S, trust_env=False)
        self._clock = clock or SystemClock()
        self._lock = asyncio.Lock()
        self._header = ""
        self._good_until = float("-inf")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def authorization(self) -> str:
        """Return the value of an `Authorization` header; Unavailable while none can be had.

        Waits for 2 s at the most.
        """
        if self._is_fresh():
            return self._header
        try:
            async with asyncio.timeout(DEADLINE_S), self._lock:
                if not self._is_fresh():
                    await self._renew()
        except (TimeoutError, httpx.HTTPError, OSError) as error:
            raise Unavailable("identity gives no token now") from error
        return self._header

    def _is_fresh(self) -> bool:
        return self._clock.monotonic() < self._good_until

    async def _renew(self) -> None:
        asked_at = self._clock.monotonic()
        answer = await self._client.post(self._url, data=self._form())
        if answer.status_code != httpx.codes.OK:
            self._note(answer.status_code)
            raise Unavailable("identity gives no token now")
        token, lives_s = _read(answer)
        self._header = f"Bearer {token}"
        self._good_until = asked_at + lives_s - RENEW_BEFORE_S

    def _note(self, status: int) -> None:
        """Say that this is no outage; it may end all the same, when identity is told of the key."""
        if status < httpx.codes.INTERNAL_SERVER_ERROR:
            _log.error("identity does not take this service's key", status=status)

    def _form(self) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(),
            "resource": self._resource,
        }

    def _assertion(self) -> str:
        now = int(self._clock.timestamp())
        claims = {
            "iss": self._name,
            "sub": self._name,
            "aud": self._url,
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + ASSERTION_S,
        }
        return jwt.encode({"alg": "ES256", "kid": self._name}, claims, self._key, ["ES256"])


def read_key(path: Path) -> ECKey:
    """Return the EC P-256 private key of a PEM file; Misconfigured where there is none."""
    try:
        key = ECKey.import_key(path.read_bytes())
    except OSError:
        raise Misconfigured("the file of this service's key cannot be read") from None
    except (JoseError, ValueError, TypeError):
        raise Misconfigured("the file of this service's key is not a PEM private key") from None
    if not key.is_private or key.curve_name != "P-256":
        raise Misconfigured("this service's key is not an EC P-256 private key")
    return key


def _read(answer: httpx.Response) -> tuple[str, int]:
    try:
        said: Any = answer.json()
        token, lives_s = said["access_token"], said["expires_in"]
    except (ValueError, LookupError, TypeError) as error:
        raise Unavailable("identity's answer is no token") from error
    if not isinstance(token, str) or not isinstance(lives_s, int):
        raise Unavailable("identity's answer is no token")
    return token, lives_s
