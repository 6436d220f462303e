"""What a provider says of itself: where it is asked what.

This is the place of the federations of SPID and CIE: there the same members come out of a chain of
signed statements up to the trust anchor, and here from the provider's own description.
"""

import asyncio
from typing import Annotated

import httpx
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from percorso.chassis.clock import Clock
from percorso.events.errors import Unavailable

PATH = "/.well-known/openid-configuration"
TIMEOUT_S = 2.0  # somebody waits for the redirect
MAX_AGE_S = 600.0
RETRY_S = 1.0  # a provider that is away is not asked by every browser anew
Url = Annotated[str, StringConstraints(pattern=r"^https?://[!-~]+$", max_length=1_024)]


class Metadata(BaseModel):
    """The members that a login needs; others are ignored."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    issuer: str
    authorization_endpoint: Url
    token_endpoint: Url
    userinfo_endpoint: Url
    jwks_uri: Url
    names_itself: bool = Field(
        default=False, alias="authorization_response_iss_parameter_supported"
    )

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where a login goes, keys included."""
        return (
            self.authorization_endpoint,
            self.token_endpoint,
            self.userinfo_endpoint,
            self.jwks_uri,
        )


class MetadataSource:
    """The description of one provider, fetched when it is needed and kept."""

    def __init__(self, issuer: str, client: httpx.AsyncClient, clock: Clock) -> None:
        self._issuer = issuer
        self._client = client
        self._clock = clock
        self._lock = asyncio.Lock()
        self._found: Metadata | None = None
        self._found_at = self._tried_at = float("-inf")

    async def read(self) -> Metadata:
        """Return the description; Unavailable while there is none, or one that cannot be used."""
        async with self._lock:
            now = self._clock.monotonic()
            if now - self._found_at >= MAX_AGE_S and now - self._tried_at >= RETRY_S:
                await self._fetch()
                self._tried_at = self._clock.monotonic()
            if self._found is None or self._clock.monotonic() - self._found_at >= MAX_AGE_S:
                raise Unavailable("the provider does not say where it is asked what")
            return self._found

    async def _fetch(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                answer = await self._client.get(f"{self._issuer.rstrip('/')}{PATH}")
            found = Metadata.model_validate_json(answer.raise_for_status().content)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValidationError):
            return
        if found.issuer == self._issuer and self._are_safe(found.addresses):
            self._found, self._found_at = found, self._clock.monotonic()

    def _are_safe(self, addresses: tuple[str, ...]) -> bool:
        """Say whether nothing goes in the clear; only a provider that is itself so may, the local one."""
        is_clear = self._issuer.startswith("http://")
        return is_clear or all(each.startswith("https://") for each in addresses)
