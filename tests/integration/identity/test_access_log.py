"""The access log, page by page, seen by its citizen alone."""

from collections.abc import AsyncIterator
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.identity.access import cursor, store
from percorso.identity.access.entries import release
from tests.support.contacts import CURSOR_KEY, SUBJECT, Http, a_vault, routes
from tests.support.events import a_subject
from tests.support.links import link

OTHER, STRANGER = a_subject(2), a_subject(3)


@pytest.fixture
async def http(pool: Pool) -> AsyncIterator[Http]:
    """Give the routes."""
    async with routes(pool, a_vault(pool, bytes(32))) as http:
        yield http


async def noted(pool: Pool, http: Http, count: int) -> None:
    """Write entries of three subjects, some of them at one instant."""
    chance = Random(20260504)
    async with transaction(pool) as connection:
        for number in range(count):
            subject = (SUBJECT, OTHER, STRANGER)[number % 3]
            at = http.clock.now() + timedelta(seconds=chance.randint(0, 9))
            access = release(
                subject, "service:notifications", "email-released", "feedback", f"m-{number}"
            )
            await store.note(connection, access, at)


async def read(http: Http, limit: int) -> list[dict[str, Any]]:
    """Return the whole log, page by page."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = await http.log(**query)
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        query["cursor"] = page["next_cursor"]


@pytest.mark.parametrize("limit", [1, 7, 40, 200])
async def test_pages_hold_every_entry_once_the_newest_first(
    http: Http, pool: Pool, limit: int
) -> None:
    await link(pool, SUBJECT, OTHER)
    await noted(pool, http, 60)

    found = await read(http, limit)

    assert len(found) == len({each["id"] for each in found}) == 40
    assert found == sorted(found, key=lambda each: (each["at"], each["id"]), reverse=True)
    assert {int(each["reference"][2:]) % 3 for each in found} == {0, 1}


async def test_a_cursor_is_of_one_citizen_and_signed(http: Http, pool: Pool) -> None:
    await noted(pool, http, 60)
    own = (await http.log(limit=5))["next_cursor"]
    place = cursor.decode(CURSOR_KEY, SUBJECT, own)
    forged = [
        cursor.encode(CURSOR_KEY, STRANGER, place),
        cursor.encode(b"another key", SUBJECT, place),
        own[:-4] + "AAA=",
        "",
        "qzx",
        "è",
        "A" * 256,
    ]

    for given in forged:
        answer = await http.call("GET", "/v1/access-log/me", by=http.citizen(), cursor=given)
        assert answer.status_code == 422, given
        assert "qzx" not in answer.text


async def test_only_citizens_read_it(http: Http) -> None:
    for caller in (http.service(), http.issuer.operator("identity", "desk")):
        answer = await http.call("GET", "/v1/access-log/me", by=caller)
        assert answer.status_code == 403


@pytest.mark.parametrize("limit", [0, 201])
async def test_a_page_is_bounded(http: Http, limit: int) -> None:
    answer = await http.call("GET", "/v1/access-log/me", by=http.citizen(), limit=limit)

    assert answer.status_code == 422
