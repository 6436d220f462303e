"""Every route of both services with every bad token: 401, a challenge, and nothing repeated."""

import base64
import hmac
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from percorso.chassis.testing import Issuer
from tests.support.systems import System

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

MARK = "QZXMARKQZX"
CLAIMS = {"client_id": "c_a182", "purposeId": MARK, "jti": MARK}
# Who calls /v1/service-tokens is proved by what the form holds, and no token is looked at.
OPEN = frozenset(
    {
        "/.well-known/jwks.json", "/livez", "/metrics", "/readyz", "/status",
        "/v1/service-tokens", "/v1/types", "/v1/types/{type}",
    }
)  # fmt: skip
BODIES = {
    "/v1/agencies": {"code": "c_h501", "sources": ["urn:it:c_h501:"]},
    "/v1/tokens": {"caller": "agency", "code": "c_a182"},
}
BadToken = Callable[[Issuer, str], str | bytes | None]


def segment(members: Mapping[str, object] | bytes) -> str:
    """Write a part of a token."""
    raw = members if isinstance(members, bytes) else json.dumps(members).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def by_hand(issuer: Issuer, service: str, signature: bytes = b"x" * 64, **header: object) -> str:
    """Return a token whose header and signature are anything."""
    members = {"alg": "ES256", "typ": "at+jwt", "kid": issuer.key.kid} | header
    return f"Bearer {segment(members)}.{segment(good(issuer, service))}.{segment(signature)}"


def shared_secret(issuer: Issuer, service: str, secret: bytes) -> str:
    """Return a token signed by HS256 with something that everybody knows."""
    header = segment({"alg": "HS256", "typ": "at+jwt", "kid": issuer.key.kid})
    signed = f"{header}.{segment(good(issuer, service))}"
    return f"Bearer {signed}.{segment(hmac.digest(secret, signed.encode(), 'sha256'))}"


def good(issuer: Issuer, service: str) -> dict[str, Any]:
    """Return claims with which nothing is wrong."""
    return issuer.claims(f"urn:percorso:{service}", **CLAIMS)


def signed(**changes: object) -> BadToken:
    """Return tokens with these claims changed, well signed."""
    return lambda issuer, service: f"Bearer {issuer.sign(good(issuer, service) | changes)}"


def later(name: str, seconds: int) -> BadToken:
    """Return tokens whose time is so much later than it was."""

    def make(issuer: Issuer, service: str) -> str:
        claims = good(issuer, service)
        return f"Bearer {issuer.sign(claims | {name: claims[name] + seconds})}"

    return make


def headed(**header: object) -> BadToken:
    """Return tokens with these header members changed, well signed."""
    return lambda issuer, service: f"Bearer {issuer.sign(good(issuer, service), header)}"


def foreign(issuer: Issuer, service: str) -> str:
    """Return a token of somebody else's key under our key's name."""
    other = Issuer(issuer.url)
    other.key = ECKey.generate_key("P-256", {"kid": str(issuer.key.kid)})
    return f"Bearer {other.sign(good(issuer, service))}"


def altered(issuer: Issuer, service: str) -> str:
    """Return a token whose claims were changed after it was signed."""
    header, _, signature = issuer.sign(good(issuer, service)).split(".")
    return f"Bearer {header}.{segment(good(issuer, service) | {'jti': 'other'})}.{signature}"


BAD: Mapping[str, BadToken] = {
    "none": lambda *_: None,
    "empty": lambda *_: "",
    "scheme alone": lambda *_: "Bearer",
    "another scheme": lambda *_: f"Basic {segment(MARK.encode())}",
    "no token": lambda *_: f"Bearer {MARK}",
    "three words": lambda *_: f"Bearer {MARK}.{MARK}.{MARK}",
    "not ASCII": lambda *_: f"Bearer {MARK}è".encode(),
    "alg none": lambda issuer, service: by_hand(issuer, service, b"", alg="none"),
    "alg None": lambda issuer, service: by_hand(issuer, service, b"", alg="None"),
    "alg is a list": lambda issuer, service: by_hand(issuer, service, alg=["ES256"]),
    "another curve": lambda issuer, service: by_hand(issuer, service, alg="ES384"),
    "RSA for an elliptic key": lambda issuer, service: by_hand(issuer, service, alg="RS256"),
    "public key as secret (PEM)": lambda issuer, service: shared_secret(
        issuer, service, issuer.key.as_pem(private=False)
    ),
    "public key as secret (JWK)": lambda issuer, service: shared_secret(
        issuer, service, json.dumps(issuer.key.as_dict(private=False)).encode()
    ),
    "empty secret": lambda issuer, service: shared_secret(issuer, service, b""),
    "another audience": signed(aud="urn:percorso:portal"),
    "no audience": signed(aud=None),
    "another issuer": signed(iss=f"https://{MARK}.example"),
    "another type": headed(typ="JWT"),
    "no type": headed(typ=None),
    "expired": later("exp", -700),
    "of the future": later("nbf", 3_600),
    "issued in the future": later("iat", 3_600),
    "without end": signed(exp=None),
    "end as text": signed(exp="9999999999"),
    "huge": signed(filler="x" * 9_000),
    "larger still": lambda *_: f"Bearer {MARK}{'x' * 60_000}",
    "unknown key": headed(kid=MARK),
    "no key": headed(kid=None),
    "key sent along": headed(jwk={"kty": "EC"}, kid=MARK),
    "must be understood": lambda issuer, service: by_hand(issuer, service, crit=[MARK]),
    "foreign key": foreign,
    "altered": altered,
    "nobody": signed(client_id="", purposeId=""),
    "two callers": signed(sub=MARK, acr="https://www.spid.gov.it/SpidL2"),
}


@pytest.fixture(scope="module")
def http() -> Iterator[httpx.Client]:
    """Give one client for all calls: making one takes longer than a call."""
    with httpx.Client(timeout=30) as http:
        yield http


def operations(http: httpx.Client, url: str) -> Iterator[tuple[str, str]]:
    """Yield method and path of every route that a service describes, but for the open ones."""
    described = http.get(f"{url}/openapi.json").json()["paths"]
    for path, methods in described.items():
        if path not in OPEN:
            yield from ((method.upper(), path) for method in methods)


def call(
    http: httpx.Client, url: str, method: str, path: str, token: str | bytes | None
) -> httpx.Response:
    """Call a route with everything right but the token."""
    filled = path.replace("{subject}", "8f14e45f-ceea-867f-8a3e-2b7d9f3c1a00")
    raw = token.encode() if isinstance(token, str) else token
    headers = [] if raw is None else [(b"Authorization", raw)]
    body = BODIES.get(path) if method == "POST" else None
    return http.request(method, url + re.sub(r"\{\w+\}", "1", filled), json=body, headers=headers)


@pytest.mark.parametrize("service", ["identity", "journey"])
@pytest.mark.parametrize("kind", BAD)
def test_a_bad_token_is_refused_everywhere(
    system: System, http: httpx.Client, service: str, kind: str
) -> None:
    url: str = getattr(system, service)

    for method, path in operations(http, url):
        answer = call(http, url, method, path, BAD[kind](system.issuer, service))
        assert answer.status_code == 401, (method, path, answer.text)
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:percorso:problem:unauthorized"
        assert MARK not in f"{answer.text}{answer.headers}"


@pytest.mark.parametrize("service", ["identity", "journey"])
def test_the_same_token_without_its_fault_is_known(
    system: System, http: httpx.Client, service: str
) -> None:
    url: str = getattr(system, service)
    token = signed()(system.issuer, service)

    statuses = {
        path: call(http, url, method, path, token).status_code
        for method, path in operations(http, url)
    }

    statuses.pop("/v1/tokens", None)  # takes the local secret, and no token
    assert len(statuses) > 2
    assert 401 not in statuses.values()


def test_an_agencys_token_of_one_service_is_none_of_the_other(
    system: System, http: httpx.Client
) -> None:
    for service, other in (("identity", "journey"), ("journey", "identity")):
        url: str = getattr(system, other)
        token = signed()(system.issuer, service)
        for method, path in operations(http, url):
            assert call(http, url, method, path, token).status_code == 401
