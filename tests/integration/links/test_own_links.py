"""What is linked with a citizen, as they see it over HTTP: theirs, while it lives, and nobody else's."""

from collections.abc import AsyncIterator
from uuid import UUID

import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import Issuer
from percorso.citizens.sets import Subject
from percorso.identity.links import api, store
from percorso.identity.links.api import Links
from percorso.identity.links.assertions import Asserter, Assertion, Proof, ordered
from tests.support.databases import Database
from tests.support.events import a_subject

ME, MAILBOX, PHONE, STRANGER = [Subject(a_subject(number), is_person=False) for number in range(4)]
AGENCY = Asserter("agency:c_a182", Proof.AGENCY)
OPERATOR = Asserter("operator:tpl_tanaro/mario.rossi", Proof.OPERATOR)
LOGIN = Asserter("service:portal", Proof.LOGIN)


def _named(_: str | None, __: str, ___: str) -> UUID:
    raise AssertionError("citizens name no identifier here")


async def _may_link(_: str) -> bool:
    return True


class Http:
    """The routes, as citizens call them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.issuer = Issuer()
        app = FastAPI()
        problems.install(app)
        links = Links(pool, _named, _may_link, lambda: None)
        app.include_router(api.router(self.issuer.tokens("identity"), links))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://identity")

    async def link(self, one: Subject, other: Subject, by: Asserter) -> UUID:
        """Link two subjects."""
        async with transaction(self.pool) as connection:
            return await store.add(connection, Assertion(*ordered(one, other), by, "1"))

    async def mine(self, of: Subject) -> list[dict[str, str | None]]:
        """Return what a citizen sees."""
        headers = {"Authorization": self.issuer.citizen("identity", of.id)}
        answer = await self.client.get("/v1/links/me", headers=headers)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        items: list[dict[str, str | None]] = answer.json()["items"]
        return items

    async def undo(self, of: Subject, link_id: UUID) -> int:
        """Undo a link as a citizen; return the status."""
        headers = {"Authorization": self.issuer.citizen("identity", of.id)}
        return (await self.client.delete(f"/v1/links/{link_id}", headers=headers)).status_code


@pytest.fixture
async def http(identity_database: Database) -> AsyncIterator[Http]:
    async with identity_database.pool() as pool:
        yield Http(pool)


async def test_a_citizen_sees_every_link_of_the_set_the_newest_first(http: Http) -> None:
    first = await http.link(ME, MAILBOX, AGENCY)
    second = await http.link(MAILBOX, PHONE, OPERATOR)
    third = await http.link(ME, PHONE, LOGIN)

    seen = await http.mine(ME)

    assert [(each["link_id"], each["proof"], each["agency"]) for each in seen] == [
        (str(third), "login", None),
        (str(second), "operator", "tpl_tanaro"),
        (str(first), "agency", "c_a182"),
    ]
    assert all(each["asserted_at"] for each in seen)
    assert await http.mine(PHONE) == seen


async def test_nobody_reads_who_at_an_agency_said_so(http: Http) -> None:
    await http.link(ME, MAILBOX, OPERATOR)

    assert "mario" not in str(await http.mine(ME))


async def test_another_citizen_sees_none_of_it_and_undoes_none(http: Http) -> None:
    link_id = await http.link(ME, MAILBOX, AGENCY)

    assert await http.mine(STRANGER) == []
    assert await http.undo(STRANGER, link_id) == 404
    assert len(await http.mine(ME)) == 1


async def test_what_is_undone_is_no_longer_shown(http: Http) -> None:
    link_id = await http.link(ME, MAILBOX, AGENCY)
    await http.link(MAILBOX, PHONE, AGENCY)

    assert await http.undo(ME, link_id) == 204

    assert await http.mine(ME) == []
    assert len(await http.mine(MAILBOX)) == 1
