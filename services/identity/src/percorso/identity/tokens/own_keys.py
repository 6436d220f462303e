"""The keys of our own issuer, from memory instead of by HTTP to ourselves."""

from collections.abc import Mapping
from typing import Any

import httpx

OWN_KEYS_URI = "http://own-keys.invalid"  # a name that no resolver ever knows (RFC 2606)


class OwnKeys(httpx.AsyncBaseTransport):
    """Answers every request with a JWKS document."""

    def __init__(self, jwks: Mapping[str, Any]) -> None:
        self._jwks = dict(jwks)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Return the document, whatever was asked."""
        return httpx.Response(200, json=self._jwks, request=request)
