"""The login of identity with a real database, and a provider that answers as a test wants it."""

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from asyncpg import Pool
from fastapi import FastAPI
from joserfc import jwe, jws, jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from percorso.chassis import problems, runtime
from percorso.chassis.clock import Clock
from percorso.chassis.health import Health
from percorso.chassis.runtime import Parts
from percorso.chassis.testing import FakeClock, Issuer
from percorso.identity.links.visitors import Visitors
from percorso.identity.login import api, bounded
from percorso.identity.login.api import Pages
from percorso.identity.login.logins import Logins, VisitorLinks
from percorso.identity.login.proofs import FISCAL_NUMBER
from percorso.identity.login.provider import Provider
from percorso.identity.login.registrations import Keys, Registration
from percorso.identity.tokens.issuer import LIFETIME_S
from percorso.identity.tokens.issuer import Issuer as Signer
from tests.support.clients import CLIENT_ID, ENCRYPTION, ISSUER, REDIRECT_URI, SIGNING
from tests.support.doors import subject

PORTAL = "http://portal.example/login/callback"
VERIFIER = "p" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
CITIZEN = "RSSMRA85T10A562S"
VISITOR = "c_a182:browser-1"
MAY_LINK = "c_a182"
ACCESS_TOKEN = "access-qzx"
Json = dict[str, Any]
Reply = Callable[[], Awaitable[httpx.Response]]


def _a_key(kid: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"use": "sig", "kid": kid})


# Made once: each takes a tenth of a second.
OWN, FOREIGN = _a_key("own"), _a_key("own")
STRANGER = RSAKey.generate_key(2048, {"use": "enc", "kid": "reads"})


def a_registration(issuer: str = ISSUER) -> Registration:
    """Return how the provider knows us; the keys are not read from these files."""
    nowhere = Path("unused")
    return Registration(
        issuer=issuer,
        client_id=CLIENT_ID,
        signing_key_file=nowhere,
        encryption_key_file=nowhere,
    )


@dataclass
class Double:
    """A provider of identities that can be made to misbehave; at first all is as it should be.

    `...` as a claim leaves it out. `replies` are given in place of an endpoint's own answer.
    """

    clock: Clock
    issuer: str = ISSUER
    key: RSAKey = field(default_factory=lambda: OWN)
    token_claims: Json = field(default_factory=dict)
    token_header: Json = field(default_factory=dict)
    token_key: RSAKey | None = None
    user_claims: Json = field(default_factory=dict)
    user_key: RSAKey | None = None
    user_reader: RSAKey = field(default_factory=lambda: ENCRYPTION)
    tokens: Json = field(default_factory=dict)
    metadata: Json = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    request: Json = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def transport(self) -> httpx.AsyncBaseTransport:
        """Return by what the provider is reached."""
        return httpx.MockTransport(self._answer)

    def see(self, location: str) -> Json:
        """Read, as a provider does, what somebody was sent here with."""
        query = parse_qs(urlsplit(location).query)
        self.request = jwt.decode(query["request"][0], SIGNING, algorithms=["RS256"]).claims
        return self.request

    def id_token(self) -> str:
        """Return what says who has logged in."""
        now = int(self.clock.timestamp())
        half = sha256(ACCESS_TOKEN.encode()).digest()[:16]
        own: Json = {
            "iss": self.issuer,
            "sub": "sub-qzx",
            "aud": CLIENT_ID,
            "acr": "https://www.spid.gov.it/SpidL2",
            "at_hash": urlsafe_b64encode(half).decode().rstrip("="),
            "iat": now,
            "nbf": now,
            "exp": now + 180,
            "nonce": self.request.get("nonce"),
        }
        header = {"alg": "RS256", "kid": self.key.kid} | self.token_header
        return signed(header, merged(own, self.token_claims), self.token_key or self.key)

    def user_info(self) -> str:
        """Return what says who they are, for nobody but us."""
        now = int(self.clock.timestamp())
        own: Json = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 180,
            "sub": "sub-qzx",
            FISCAL_NUMBER: f"TINIT-{CITIZEN}",
            "given_name": "Qzxname",
        }
        header = {"alg": "RS256", "kid": self.key.kid}
        inner = signed(header, merged(own, self.user_claims), self.user_key or self.key)
        return encrypted(inner, self.user_reader)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append((path, request.content.decode()))
        if path in self.replies:
            return await self.replies[path]()
        return self._own(path)

    def _own(self, path: str) -> httpx.Response:
        if path == "/token":
            tokens = {"access_token": ACCESS_TOKEN, "token_type": "Bearer", "expires_in": 60}
            return httpx.Response(
                200, json=merged({**tokens, "id_token": self.id_token()}, self.tokens)
            )
        if path == "/userinfo":
            return httpx.Response(200, text=self.user_info())
        if path == "/jwks.json":
            return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        return httpx.Response(200, json=merged(self._described(), self.metadata))

    def _described(self) -> Json:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks.json",
            "authorization_response_iss_parameter_supported": True,
        }


def merged(own: Json, changes: Json) -> Json:
    """Return the members with the changes; `...` leaves one out."""
    return {name: value for name, value in (own | changes).items() if value is not ...}


def signed(header: Json, claims: object, key: Any) -> str:
    """Sign whatever it is; the library itself would not sign what is not valid."""
    members = {name: value for name, value in header.items() if value is not ...}
    text = ".".join(
        urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
        for part in (members, claims)
    )
    if members["alg"] == "none":
        return f"{text}."
    signature = jws.JWSRegistry.algorithms[members["alg"]].sign(text.encode(), key)
    return f"{text}.{urlsafe_b64encode(signature).decode().rstrip('=')}"


def encrypted(text: str, reader: RSAKey) -> str:
    """Encrypt for somebody, with members in the header that some providers put there."""
    header = {"alg": "RSA-OAEP-256", "enc": "A256CBC-HS512", "cty": "JWT", "iss": ISSUER}
    registry = jwe.JWERegistry(algorithms=list(header.values())[:2], strict_check_header=False)
    return jwe.encrypt_compact(header, text, reader, registry=registry)


def replying(status: int, **content: Any) -> Reply:
    """Return an answer that is always the same."""

    async def reply() -> httpx.Response:
        return httpx.Response(status, **content)

    return reply


class Flood(httpx.AsyncByteStream):
    """A body of 30 MB that comes piece by piece; `left` says how many nobody has wanted yet."""

    def __init__(self) -> None:
        self.left = 10_000

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield a piece after the other."""
        while self.left:
            self.left -= 1
            yield b"qzx" * 1_000


def flooding(flood: Flood) -> Reply:
    """Answer with a flood."""

    async def reply() -> httpx.Response:
        return httpx.Response(200, stream=flood)

    return reply


async def hanging() -> httpx.Response:
    """Never answer."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


async def refusing() -> httpx.Response:
    """Be away."""
    raise httpx.ConnectError("away")


@dataclass
class Front:
    """Identity's login, as a browser, the portal and its provider meet it."""

    http: httpx.AsyncClient
    issuer: Issuer
    signer: Signer
    clock: FakeClock

    async def begin(self, **query: str | int) -> httpx.Response:
        """Send the browser to log in."""
        own: dict[str, str | int] = {"challenge": CHALLENGE, "return_to": "/tempo?a=1", "level": 2}
        return await self.http.get("/v1/login", params=own | query)

    async def callback(self, **query: str) -> httpx.Response:
        """Send the browser back."""
        return await self.http.get(api.CALLBACK, params=query)

    async def redeem(self, code: str, **changed: Any) -> httpx.Response:
        """Fetch the login as the portal does."""
        caller = self.issuer.service("identity", "portal")
        body = {"code": code, "verifier": VERIFIER} | changed
        headers = {"Authorization": caller}
        return await self.http.post("/v1/login/sessions", json=body, headers=headers)

    async def citizen(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a citizen's token, as another service verifies them."""
        keys = KeySet.import_key_set({"keys": self.signer.jwks["keys"]})
        claims: Json = jwt.decode(token, keys, algorithms=["ES256"]).claims
        return claims


def told(answer: httpx.Response) -> Json:
    """Return what the portal is told."""
    assert answer.status_code == 303, answer.text
    location = answer.headers["location"]
    assert location.startswith(f"{PORTAL}?")
    query = parse_qs(urlsplit(location).query, strict_parsing=True)
    return {name: value for name, [value] in query.items()}


@asynccontextmanager
async def front(
    pool: Pool,
    transport: httpx.AsyncBaseTransport,
    clock: FakeClock,
    *,
    issuers: tuple[str, ...] = (ISSUER,),
    deadline_s: float = 8.0,
    name: Callable[[str | None, str, str], Any] | None = None,
    wake: Callable[[], None] = lambda: None,
) -> AsyncIterator[Front]:
    """Serve the login over the providers that the transport reaches."""
    issuer, signer = Issuer(clock=clock), _signer(clock)
    async with bounded.open_client(transport) as client:
        providers = {
            each: Provider(
                a_registration(each),
                Keys(SIGNING, ENCRYPTION),
                REDIRECT_URI,
                client=client,
                clock=clock,
                deadline_s=deadline_s,
            )
            for each in issuers
        }
        name_subject = name or _named
        visitors = Visitors(name_subject, _may_link)
        logins = Logins(
            pool,
            providers,
            name_subject=name_subject,
            visitors=VisitorLinks(visitors.name, visitors.join, wake),
            clock=clock,
        )
        app = _app(logins, issuer, signer)
        asgi = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=asgi, base_url=CLIENT_ID) as http:
            yield Front(http, issuer, signer, clock)


def _app(logins: Logins, issuer: Issuer, signer: Signer) -> Any:
    app = FastAPI()
    problems.install(app)
    app.include_router(api.browsers_router(logins, Pages(PORTAL, is_secure=False)))
    tokens = issuer.tokens("identity")
    app.include_router(api.sessions_router(tokens, logins, signer.sign, lifetime_s=LIFETIME_S))
    identity = runtime.Identity("identity", "0")
    return runtime.application(identity, Parts(app=app), Health({}))


def _signer(clock: FakeClock) -> Signer:
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    return Signer(CLIENT_ID, key, clock)


def _named(agency: str | None, scheme: str, value: str) -> Any:
    return subject(scheme, value, agency=agency or "nobody")


async def _may_link(code: str) -> bool:
    return code == MAY_LINK
