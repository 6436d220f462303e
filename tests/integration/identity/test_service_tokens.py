"""Tokens of our services, asked for as they ask, with the database that remembers assertions."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey

from percorso.chassis import problems
from percorso.chassis.callers import Service
from percorso.chassis.clock import SystemClock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Unauthorized
from percorso.chassis.service_tokens import ServiceTokens
from percorso.chassis.settings import CallerKind, TrustedIssuer
from percorso.chassis.tokens import Tokens
from percorso.identity.tokens import api, service_keys, store
from percorso.identity.tokens.api import Clients
from percorso.identity.tokens.client_assertions import Assertion
from percorso.identity.tokens.issuer import Issuer
from percorso.identity.tokens.own_keys import OwnKeys
from tests.support import identities

URL = "http://identity.example"


@pytest.fixture
def issuer() -> Issuer:
    """Give an issuer with a fresh key."""
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
    key.ensure_kid()
    return Issuer(URL, key, SystemClock())


@pytest.fixture
async def http(pool: Pool, issuer: Issuer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of the route, which knows the keys of two services."""
    file = tmp_path / "services.jwks"
    file.write_bytes(identities.service_keys(tmp_path))
    app = FastAPI()
    problems.install(app)
    clients = Clients(pool, service_keys.read(file), [URL], SystemClock())
    app.include_router(api.services_router(issuer, clients))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=URL) as client:
        yield client


async def verified(issuer: Issuer, authorization: str, service: str) -> object:
    """Return the caller that a service sees."""
    trusted = TrustedIssuer.model_validate(
        {"issuer": URL, "jwks_uri": f"{URL}/jwks.json", "callers": [CallerKind.SERVICE]}
    )
    client = httpx.AsyncClient(transport=OwnKeys(issuer.jwks))
    return await Tokens(service, [trusted], client=client, clock=SystemClock()).verify(
        authorization
    )


def asked_by(tokens: ServiceTokens) -> dict[str, str]:
    """Return a form as a service sends it."""
    return tokens._form()


def own(http: httpx.AsyncClient, folder: Path, name: str = "notifications") -> ServiceTokens:
    """Return a service's tokens, from this identity."""
    return ServiceTokens(URL, name, identities.service_key(folder, name), "identity", client=http)


async def test_a_service_gets_a_token_for_the_service_that_it_calls(
    http: httpx.AsyncClient, issuer: Issuer, tmp_path: Path
) -> None:
    authorization = await own(http, tmp_path).authorization()

    assert await verified(issuer, authorization, "identity") == Service("notifications")
    with pytest.raises(Unauthorized):
        await verified(issuer, authorization, "journey")


async def test_the_answer_is_oauths(http: httpx.AsyncClient, tmp_path: Path) -> None:
    answer = await http.post(api.SERVICE_TOKENS, data=asked_by(own(http, tmp_path)))

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json().keys() == {"access_token", "token_type", "expires_in"}
    assert answer.json()["expires_in"] == 600


async def test_an_assertion_is_good_once(http: httpx.AsyncClient, tmp_path: Path) -> None:
    form = asked_by(own(http, tmp_path))

    answers = await asyncio.gather(*(http.post(api.SERVICE_TOKENS, data=form) for _ in range(5)))

    assert sorted(each.status_code for each in answers) == [200, 401, 401, 401, 401]
    refused = next(each for each in answers if each.status_code == 401)
    assert refused.headers["content-type"] == "application/problem+json"
    assert refused.headers["www-authenticate"] == "Bearer"
    assert refused.json()["type"] == "urn:percorso:problem:invalid-client"
    assert refused.json()["error"] == "invalid_client"


async def test_two_services_may_use_the_same_number(pool: Pool) -> None:
    now = SystemClock().now()
    end = int(now.timestamp()) + 100

    async with transaction(pool) as connection:
        assert await store.use(connection, Assertion("portal", "1", end), now)
        assert await store.use(connection, Assertion("notifications", "1", end), now)
        assert not await store.use(connection, Assertion("portal", "1", end), now)


async def test_what_has_expired_is_forgotten(pool: Pool) -> None:
    now = SystemClock().now()
    begun = int(now.timestamp())

    async with transaction(pool) as connection:
        await store.use(connection, Assertion("portal", "1", begun - 1), now)
        await store.use(connection, Assertion("portal", "2", begun + 60), now)
        await store.use(connection, Assertion("portal", "3", begun + 60), now)
        kept = await connection.fetch("SELECT jti FROM used_assertions ORDER BY jti")

    assert [row["jti"] for row in kept] == ["2", "3"]


BAD: list[tuple[str, Mapping[str, Any], int]] = [
    ("no assertion", {"client_assertion": None}, 401),
    ("no jwt", {"client_assertion": "qzx"}, 401),
    ("another client", {"client_id": "portal"}, 401),
    ("another grant", {"grant_type": "qzx"}, 422),
    ("no grant", {"grant_type": None}, 422),
    ("another kind of assertion", {"client_assertion_type": "qzx"}, 422),
    ("a service that is none", {"resource": "urn:percorso:qzx"}, 422),
    ("no service", {"resource": None}, 422),
    ("two services", {"resource": ["urn:percorso:identity", "urn:percorso:journey"]}, 400),
    ("much", {"scope": "x" * 9_000}, 400),
]


@pytest.mark.parametrize(("changed", "status"), [each[1:] for each in BAD], ids=[e[0] for e in BAD])
async def test_a_bad_request_is_refused_without_echo(
    http: httpx.AsyncClient, tmp_path: Path, changed: Mapping[str, Any], status: int
) -> None:
    form = {**asked_by(own(http, tmp_path)), **changed}

    answer = await http.post(
        api.SERVICE_TOKENS, data={name: value for name, value in form.items() if value is not None}
    )

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert "qzx" not in answer.text


@pytest.mark.parametrize("body", [b"\xff=1", b"a=%ff", b"{}", b"&&&&", b"a=1&" * 30])
async def test_what_is_no_form_is_refused(http: httpx.AsyncClient, body: bytes) -> None:
    assert (await http.post(api.SERVICE_TOKENS, content=body)).status_code in {400, 401}


async def test_what_was_refused_for_its_form_is_not_used_up(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    form = asked_by(own(http, tmp_path))
    await http.post(api.SERVICE_TOKENS, data={**form, "resource": "urn:percorso:qzx"})

    assert (await http.post(api.SERVICE_TOKENS, data=form)).status_code == 200


async def test_unknown_fields_and_ones_own_name_change_nothing(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    form = {**asked_by(own(http, tmp_path)), "scope": "all", "client_id": "notifications"}

    assert (await http.post(api.SERVICE_TOKENS, data=form)).status_code == 200


async def test_a_service_without_a_key_here_is_refused(
    http: httpx.AsyncClient, tmp_path: Path
) -> None:
    key = ECKey.generate_key("P-256")
    claims = {"iss": "journey", "sub": "journey", "aud": URL, "jti": "1", "exp": 2_000_000_000}
    form = asked_by(own(http, tmp_path)) | {
        "client_assertion": jwt.encode({"alg": "ES256", "kid": "journey"}, claims, key, ["ES256"])
    }

    assert (await http.post(api.SERVICE_TOKENS, data=form)).status_code == 401
