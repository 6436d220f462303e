"""Agencies in a real database: who owns which source, also when two ask at once."""

import asyncio
from collections.abc import AsyncIterator, Iterable

import asyncpg
import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import Issuer
from percorso.identity.agencies import api, store
from percorso.identity.agencies.registrations import Agency, Registration, SourceTaken
from percorso.identity.agencies.registry import Registry

OPERATIONS = {"role": "operations"}
SAME = {"code": "c_a182", "sources": ["urn:it:c_a182:"], "links": True}


async def register(pool: Pool, code: str, *sources: str, links: bool = False) -> bool:
    """Register; whether the agency is new."""
    async with transaction(pool) as connection:
        _, is_new = await store.register(connection, Registration(code, sources, links))
    return is_new


async def every(pool: Pool) -> dict[str, Agency]:
    """Return all agencies by code."""
    async with transaction(pool) as connection:
        return {agency.code: agency for agency in await store.every(connection)}


@pytest.fixture
def registry(pool: Pool) -> Registry:
    """Give the registry of the process under test."""

    async def load() -> Iterable[Agency]:
        return (await every(pool)).values()

    return Registry(load)


@pytest.fixture
async def http(pool: Pool, registry: Registry) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client that calls as operations."""
    issuer, app = Issuer(), FastAPI()
    problems.install(app)
    app.include_router(api.router(pool, issuer.tokens("identity"), registry))
    headers = {"Authorization": issuer.operator("identity", **OPERATIONS)}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://identity.example", headers=headers
    ) as client:
        client.headers["X-Desk"] = issuer.operator("identity", "desk")
        yield client


async def test_registering_again_only_adds(pool: Pool) -> None:
    assert await register(pool, "c_a182", "urn:a:", links=True)
    assert not await register(pool, "c_a182", "urn:a:", "urn:b:", "urn:b:")
    assert not await register(pool, "c_a182", "urn:b:c")

    agency = (await every(pool))["c_a182"]
    assert (agency.sources, agency.links) == (("urn:a:", "urn:b:", "urn:b:c"), True)


async def test_links_can_be_added_later(pool: Pool) -> None:
    await register(pool, "c_a182", "urn:a:")
    await register(pool, "c_a182", "urn:a:", links=True)

    assert (await every(pool))["c_a182"].links


@pytest.mark.parametrize("asked", ["urn:a:", "urn:a", "urn:a:anagrafe", "urn:"])
async def test_source_of_another_agency_is_taken(pool: Pool, asked: str) -> None:
    await register(pool, "c_a182", "urn:a:")

    with pytest.raises(SourceTaken):
        await register(pool, "m_lps", "urn:free:", asked)

    assert (await every(pool)).keys() == {"c_a182"}


async def test_two_at_once_never_both_get_a_source(pool: Pool) -> None:
    prefixes = ["urn:x", "urn:x:", "urn:x:y", "urn:x:y:z"]

    outcomes = await asyncio.gather(
        *(register(pool, f"a_{number}", prefixes[number % 4]) for number in range(8)),
        return_exceptions=True,
    )

    assert outcomes.count(True) == 1
    assert sum(isinstance(outcome, SourceTaken) for outcome in outcomes) == 7
    assert len(await every(pool)) == 1


async def test_same_agency_at_once_is_new_once(pool: Pool) -> None:
    outcomes = await asyncio.gather(*(register(pool, "c_a182", "urn:a:") for _ in range(8)))

    assert sorted(outcomes) == [False] * 7 + [True]


async def test_application_cannot_take_away(pool: Pool) -> None:
    await register(pool, "c_a182", "urn:a:")

    for statement in (
        "DELETE FROM agencies",
        "DELETE FROM agency_sources",
        "UPDATE agency_sources SET agency = 'x_x'",
        "UPDATE subject_key SET check_value = ''",
        "DELETE FROM subject_key",
        "CREATE TABLE mine (it int)",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(statement)


async def test_post_is_201_and_then_200(http: httpx.AsyncClient, registry: Registry) -> None:
    first = await http.post("/v1/agencies", json=SAME)
    again = await http.post("/v1/agencies", json=SAME)
    more = await http.post("/v1/agencies", json=SAME | {"sources": ["urn:more:"], "links": False})

    assert [answer.status_code for answer in (first, again, more)] == [201, 200, 200]
    assert first.json() == again.json()
    assert first.json().keys() == {"code", "sources", "links", "created_at"}
    assert more.json()["sources"] == ["urn:it:c_a182:", "urn:more:"]
    assert more.json()["links"] is True
    assert registry.owns("c_a182", "urn:more:1")


async def test_taken_source_is_a_conflict(http: httpx.AsyncClient) -> None:
    await http.post("/v1/agencies", json=SAME)

    answer = await http.post("/v1/agencies", json=SAME | {"code": "m_lps"})

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:percorso:problem:source-taken"
    assert "c_a182" not in answer.text


@pytest.mark.parametrize(
    "change",
    [
        {"code": "C_A182"},
        {"code": "a"},
        {"sources": []},
        {"sources": ["ab"]},
        {"sources": ["urn: x"]},
        {"sources": ["urn:\u0000x"]},
        {"sources": ["u" * 257]},
        {"sources": [f"urn:{number}:" for number in range(101)]},
        {"owner": "x"},
    ],
)
async def test_other_registrations_are_refused(
    http: httpx.AsyncClient, change: dict[str, object]
) -> None:
    answer = await http.post("/v1/agencies", json=SAME | change)

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:percorso:problem:invalid-request"


async def test_list_goes_page_by_page(http: httpx.AsyncClient, pool: Pool) -> None:
    codes = [f"c_a{number}" for number in (1, 10, 2, 3)]
    for code in codes:
        await register(pool, code, f"urn:{code}:")

    first = (await http.get("/v1/agencies", params={"limit": 2})).json()
    second = (
        await http.get("/v1/agencies", params={"limit": 2, "cursor": first["next_cursor"]})
    ).json()

    assert [item["code"] for item in first["items"] + second["items"]] == codes
    assert second["next_cursor"] is None


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_only_operations_may(http: httpx.AsyncClient, method: str) -> None:
    desk = {"Authorization": http.headers["X-Desk"]}

    answers = [
        await http.request(method, "/v1/agencies", json=SAME, headers=headers)
        for headers in (desk, {"Authorization": ""})
    ]

    assert [answer.status_code for answer in answers] == [403, 401]
