"""The routes of our own issuer, without a database."""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from joserfc.jwk import ECKey

from percorso.chassis import problems
from percorso.chassis.callers import Agency as AgencyCaller
from percorso.chassis.callers import Citizen, Operator, Role
from percorso.chassis.clock import SystemClock
from percorso.chassis.settings import CallerKind, TrustedIssuer
from percorso.chassis.tokens import Tokens
from percorso.events.errors import Unavailable
from percorso.identity.agencies.registrations import Agency
from percorso.identity.agencies.registry import Registry
from percorso.identity.subjects import pseudonyms
from percorso.identity.subjects.keys import SubjectKey
from percorso.identity.tokens import api
from percorso.identity.tokens.issuer import Issuer
from percorso.identity.tokens.own_keys import OwnKeys

KEY = bytes(range(32))
SECRET = "local-secret"
URL = "http://identity.example"
CITIZEN = {"scheme": "cf", "value": "RSSMRA85T10A562S"}
AGENCY = Agency(
    "c_a182",
    links=True,
    sources=("urn:it:c_a182:",),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


async def _agencies() -> Iterable[Agency]:
    return [AGENCY]


async def _first(check_value: bytes) -> bytes:
    return check_value


def an_issuer() -> Issuer:
    """Make an issuer with a fresh key."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    return Issuer(URL, key, SystemClock())


@pytest.fixture
async def subject_key() -> SubjectKey:
    """Give the key, compared."""
    key = SubjectKey(KEY, _first)
    await key.compare()
    return key


@pytest.fixture
async def http(subject_key: SubjectKey) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the routes, with the secret."""
    registry, issuer, app = Registry(_agencies), an_issuer(), FastAPI()
    await registry.refresh()
    problems.install(app)
    app.include_router(api.keys_router(issuer))
    app.include_router(api.local_router(issuer, registry, subject_key.subject, SECRET))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {SECRET}"}
    async with httpx.AsyncClient(transport=transport, base_url=URL, headers=headers) as client:
        yield client


async def verified(http: httpx.AsyncClient, token: str) -> object:
    """Return the caller that journey sees."""
    jwks = (await http.get("/.well-known/jwks.json")).json()
    trusted = TrustedIssuer.model_validate(
        {"issuer": URL, "jwks_uri": f"{URL}/.well-known/jwks.json", "callers": [*CallerKind]}
    )
    client = httpx.AsyncClient(transport=OwnKeys(jwks))
    tokens = Tokens("journey", [trusted], client=client, clock=SystemClock())
    return await tokens.verify(f"Bearer {token}")


async def test_token_of_an_agency(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/tokens", json={"caller": "agency", "code": "c_a182"})

    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 3600)
    caller = await verified(http, answer.json()["access_token"])
    assert caller == AgencyCaller("c_a182", api.LOCAL_PURPOSE)


async def test_token_of_a_citizen_carries_the_subject(http: httpx.AsyncClient) -> None:
    asked = {"caller": "citizen", "identifier": {**CITIZEN, "value": "tinit-rssmra85t10a562s"}}

    answer = await http.post("/v1/tokens", json={**asked, "level": 3})

    subject = pseudonyms.subject(KEY, "cf", "RSSMRA85T10A562S")
    assert await verified(http, answer.json()["access_token"]) == Citizen(subject, 3)


async def test_level_is_two_unless_it_is_asked(http: httpx.AsyncClient) -> None:
    answer = await http.post("/v1/tokens", json={"caller": "citizen", "identifier": CITIZEN})

    caller = await verified(http, answer.json()["access_token"])
    assert isinstance(caller, Citizen)
    assert caller.level == 2


async def test_token_of_an_operator(http: httpx.AsyncClient) -> None:
    asked = {"agency": "c_a182", "role": "operations", "purpose": "turno di notte", "case": "cli"}

    answer = await http.post("/v1/tokens", json={"caller": "operator", **asked})

    caller = await verified(http, answer.json()["access_token"])
    assert caller == Operator(
        "operations@c_a182", "c_a182", Role.OPERATIONS, "turno di notte", "cli"
    )


async def test_customer_is_of_the_agency_in_the_value(http: httpx.AsyncClient) -> None:
    identifier = {"scheme": "customer", "value": "c_a182:0012"}

    answer = await http.post("/v1/tokens", json={"caller": "citizen", "identifier": identifier})

    caller = await verified(http, answer.json()["access_token"])
    assert isinstance(caller, Citizen)
    assert caller.subject == pseudonyms.subject(KEY, "customer", "c_a182:0012")
    assert isinstance(caller.subject, UUID)


UNREGISTERED: list[dict[str, Any]] = [
    {"caller": "agency", "code": "m_lps"},
    {"caller": "operator", "agency": "m_lps", "role": "desk", "purpose": "p", "case": "c"},
    {"caller": "citizen", "identifier": {"scheme": "customer", "value": "m_lps:1"}},
]


@pytest.mark.parametrize("asked", UNREGISTERED, ids=lambda asked: asked["caller"])
async def test_agency_that_is_not_registered_is_unknown(
    http: httpx.AsyncClient, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("percorso.identity.agencies.registry.LOOK_AGAIN_S", 0.01)

    answer = await http.post("/v1/tokens", json=asked)

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:percorso:problem:unknown-agency"


@pytest.mark.parametrize(
    ("identifier", "pointer"),
    [
        ({"scheme": "cf", "value": "RSSMRA85T10A562X"}, "/identifier/value"),
        ({"scheme": "passport", "value": "RSSMRA85T10A562X"}, "/identifier/scheme"),
        ({"scheme": "customer", "value": "RSSMRA85T10A562X"}, "/identifier/value"),
    ],
)
async def test_invalid_identifier_is_refused_without_echo(
    http: httpx.AsyncClient, identifier: dict[str, str], pointer: str
) -> None:
    answer = await http.post("/v1/tokens", json={"caller": "citizen", "identifier": identifier})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:percorso:problem:invalid-identifier"
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert "RSSMRA" not in answer.text
    assert "passport" not in answer.text


INVALID: list[dict[str, Any]] = [
    {},
    {"caller": "RSSMRA"},
    {"caller": "agency", "code": "RSSMRA"},
    {"caller": "agency", "code": "c_a182", "RSSMRA": 1},
    {"caller": "citizen", "identifier": {"scheme": "cf"}},
    {"caller": "citizen", "identifier": {"scheme": "cf", "value": "RSSMRA" * 100}},
    {"caller": "citizen", "identifier": CITIZEN, "level": 4},
    {"caller": "operator", "agency": "c_a182", "role": "RSSMRA", "purpose": "p", "case": "c"},
    {"caller": "operator", "agency": "c_a182", "role": "desk", "purpose": "p\n", "case": "c"},
    {"caller": "operator", "agency": "c_a182", "role": "desk", "purpose": "", "case": "c"},
]


@pytest.mark.parametrize("asked", INVALID)
async def test_other_bodies_are_refused_without_echo(
    http: httpx.AsyncClient, asked: dict[str, Any]
) -> None:
    answer = await http.post("/v1/tokens", json=asked)

    assert answer.status_code == 422
    assert "RSSMRA" not in answer.text


@pytest.mark.parametrize(
    "header", ["Bearer other", "Bearer", "", f"Basic {SECRET}", SECRET, "Bearer \xe8", "Bearer "]
)
async def test_secret_is_needed(http: httpx.AsyncClient, header: str) -> None:
    body = {"caller": "agency", "code": "c_a182"}

    answer = await http.post(
        "/v1/tokens", json=body, headers={b"Authorization": header.encode("latin-1")}
    )

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_no_citizen_while_the_key_is_not_confirmed(
    http: httpx.AsyncClient, subject_key: SubjectKey
) -> None:
    async def another(_: bytes) -> bytes:
        return b"another"

    subject_key._keep = another
    await subject_key.compare()

    answer = await http.post("/v1/tokens", json={"caller": "citizen", "identifier": CITIZEN})

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


async def test_no_token_before_the_agencies_are_loaded(subject_key: SubjectKey) -> None:
    async def away() -> Iterable[Agency]:
        raise Unavailable

    app = FastAPI()
    problems.install(app)
    app.include_router(api.local_router(an_issuer(), Registry(away), subject_key.subject, SECRET))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as client:
        answer = await client.post(
            "/v1/tokens",
            json={"caller": "agency", "code": "c_a182"},
            headers={"Authorization": f"Bearer {SECRET}"},
        )

    assert answer.status_code == 503


async def test_public_key_may_be_kept_for_a_while(http: httpx.AsyncClient) -> None:
    answer = await http.get("/.well-known/jwks.json", headers={"Authorization": ""})

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "d" not in answer.json()["keys"][0]
