"""A client of the local stack's provider, as SPID's rules describe one."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwe, jwt
from joserfc.jwk import KeySet, RSAKey

from percorso.city.provider import clients, pkce
from percorso.city.provider.clients import Client
from percorso.city.provider.persons import FISCAL_NUMBER

ISSUER = "http://provider.example"
CLIENT_ID = "http://identity.example"
REDIRECT_URI = f"{CLIENT_ID}/v1/login/callback"
VERIFIER = "v" * 43
# Made once: each takes a tenth of a second.
SIGNING = RSAKey.generate_key(2048, {"use": "sig", "kid": "signs"})
ENCRYPTION = RSAKey.generate_key(2048, {"use": "enc", "kid": "reads"})
REGISTERED = Client(CLIENT_ID, [REDIRECT_URI], KeySet([SIGNING, ENCRYPTION]))


@dataclass
class RelyingParty:
    """Somebody who sends people to the provider, reached by `http`."""

    http: httpx.AsyncClient
    key: RSAKey = field(default_factory=lambda: SIGNING)
    now: float = field(default_factory=time.time)

    def request(self, **changed: object) -> dict[str, Any]:
        """Return the claims of a request object; `...` leaves one out."""
        own: dict[str, object] = {
            **self._times(),
            "iss": CLIENT_ID,
            "aud": ISSUER,
            "client_id": CLIENT_ID,
            "redirect_uri": REDIRECT_URI,
            "response_type": "code",
            "scope": "openid",
            "state": "s" * 43,
            "nonce": "n" * 43,
            "code_challenge": pkce.challenge(VERIFIER),
            "code_challenge_method": "S256",
            "acr_values": "https://www.spid.gov.it/SpidL2",
            "claims": {"userinfo": {FISCAL_NUMBER: {"essential": True}, "given_name": None}},
            "prompt": "consent login",
        }
        return {name: value for name, value in (own | changed).items() if value is not ...}

    async def ask(self, request: Mapping[str, Any], /, **query: str) -> httpx.Response:
        """Send somebody to the provider."""
        own = {
            "client_id": CLIENT_ID,
            "response_type": "code",
            "scope": "openid",
            "request": self.signed(request),
        }
        return await self.http.get("/authorize", params=own | query)

    async def choose(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Fill in the page."""
        name = page.text.partition('name="login" value="')[2].partition('"')[0]
        own = {"login": name, "person": "", "code": "RSSMRA85T10A562S", "do": "login"}
        return await self.http.post("/authorize", data={**own, "level": "2", **fields})

    async def code(self, **fields: str) -> str:
        """Return the code of somebody who has logged in."""
        answered = await self.choose(await self.ask(self.request()), **fields)
        return parts(answered)["code"]

    async def redeem(self, code: str, /, **changed: str) -> httpx.Response:
        """Ask for the tokens."""
        own = {
            "grant_type": "authorization_code",
            "client_id": CLIENT_ID,
            "code": code,
            "redirect_uri": REDIRECT_URI,
            "code_verifier": VERIFIER,
            "client_assertion_type": clients.ASSERTION_TYPE,
            "client_assertion": self.signed(self.assertion()),
        }
        return await self.http.post("/token", data=own | changed)

    def assertion(self, **changed: object) -> dict[str, Any]:
        """Return the claims that say who we are."""
        own = {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": f"{ISSUER}/token"}
        return {**own, **self._times(), "jti": str(time.monotonic_ns()), **changed}

    def signed(self, claims: Mapping[str, Any], **header: object) -> str:
        """Return the claims, signed."""
        members = {"alg": "RS256", "kid": self.key.kid, **header}
        return jwt.encode(members, dict(claims), self.key, [str(members["alg"])])

    async def read_user(self, access_token: str) -> dict[str, Any]:
        """Return what the provider says of somebody."""
        answer = await self.http.get(
            "/userinfo", headers={"Authorization": f"Bearer {access_token}"}
        )
        assert answer.status_code == 200, answer.text
        inner = jwe.decrypt_compact(
            answer.text, ENCRYPTION, algorithms=["RSA-OAEP-256", "A256CBC-HS512"]
        )
        assert inner.plaintext is not None
        return await self.verified(inner.plaintext.decode())

    async def verified(self, text: str) -> dict[str, Any]:
        """Return the claims that the provider has signed."""
        keys = KeySet.import_key_set((await self.http.get("/jwks.json")).json())
        return jwt.decode(text, keys, algorithms=["RS256"]).claims

    def _times(self) -> dict[str, int]:
        return {"iat": int(self.now), "exp": int(self.now) + 60}


def parts(answer: httpx.Response) -> dict[str, str]:
    """Return what a redirect carries back to the client."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.startswith(f"{REDIRECT_URI}?")
    query = parse_qs(urlsplit(location).query, strict_parsing=True)
    return {name: value for name, [value] in query.items()}


def jwks() -> str:
    """Return the file of this client's keys, as a provider gets it."""
    keys = [key.as_dict(private=False) for key in (SIGNING, ENCRYPTION)]
    return json.dumps({"keys": keys})
