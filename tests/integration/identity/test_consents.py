"""Consents over HTTP, with the database that keeps them and the outbox that tells of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, get_args
from uuid import UUID

import asyncpg
import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.chassis.clock import SystemClock
from percorso.chassis.outbox import store as outbox
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import Issuer
from percorso.citizens.consents.facts import Channel, ConsentState, Purpose, from_fact
from percorso.events.kafka.codec import decode_fact
from percorso.identity.consents import api
from percorso.identity.consents.api import Consents
from percorso.identity.consents.purposes import PURPOSES
from tests.support.databases import Database
from tests.support.events import a_subject
from tests.support.links import link, unlink

PURPOSE: Purpose = "proactive-suggestions"
SUBJECT, OTHER = a_subject(1), a_subject(2)
Json = dict[str, Any]


class Http:
    """The routes, as one citizen or another calls them; `woken` counts how often the relay was."""

    def __init__(self, pool: Pool) -> None:
        self.issuer = Issuer()
        self.woken = 0
        app = FastAPI()
        problems.install(app)
        consents = Consents(pool, SystemClock(), self._wake)
        app.include_router(api.router(self.issuer.tokens("identity"), consents))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://identity")

    def _wake(self) -> None:
        self.woken += 1

    async def put(
        self, path: str, body: object, subject: UUID = SUBJECT, level: int = 2
    ) -> httpx.Response:
        """Decide."""
        return await self.client.put(
            f"/v1/consents/me/{path}", json=body, headers=self._headers(subject, level)
        )

    async def decide(
        self, subject: UUID = SUBJECT, *, is_given: bool, path: str = f"{PURPOSE}/email"
    ) -> Json:
        """Decide and return the receipt."""
        answer = await self.put(path, {"given": is_given}, subject)
        assert answer.status_code == 200, answer.text
        receipt: Json = answer.json()
        return receipt

    async def read(self, subject: UUID = SUBJECT, level: int = 1) -> dict[tuple[str, str], Json]:
        """Return all consents by purpose and channel."""
        answer = await self.client.get("/v1/consents/me", headers=self._headers(subject, level))
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return {(each["purpose"], each["channel"]): each for each in answer.json()["items"]}

    def _headers(self, subject: UUID, level: int) -> dict[str, str]:
        return {"Authorization": self.issuer.citizen("identity", subject, level)}


@pytest.fixture
async def http(pool: Pool) -> AsyncIterator[Http]:
    """Give the routes."""
    http = Http(pool)
    async with http.client:
        yield http


async def facts(pool: Pool) -> list[ConsentState]:
    """Return what waits to be published, as consumers read it."""
    async with transaction(pool) as connection:
        waiting = await outbox.take(connection, 1_000)
    states = [from_fact(decode_fact(each.record)) for each in waiting]
    return [state for state in states if state]


async def test_what_nobody_decided_is_not_allowed(http: Http) -> None:
    found = await http.read()

    assert found.keys() == {(each, to) for each in PURPOSES for to in get_args(Channel)}
    for each in found.values():
        of_law = each["purpose"] == "service-notices"
        assert each["basis"] == ("law" if of_law else "consent")
        assert each["holds"] is of_law
        assert (each["law"] is not None) is of_law
        assert (each["version"], each["decided_at"], each["decided_for"]) == (None, None, None)
        assert all(each["text"].values())


async def test_a_decision_is_answered_with_its_receipt_and_holds(http: Http) -> None:
    receipt = await http.decide(is_given=True)

    own = {name: receipt[name] for name in ("purpose", "channel", "given", "version")}
    assert own == {"purpose": PURPOSE, "channel": "email", "given": True, "version": 1}
    assert receipt["subject"] == str(SUBJECT)
    assert receipt["text_version"] == PURPOSES[PURPOSE].version
    shown = (await http.read())[PURPOSE, "email"]
    assert (shown["holds"], shown["version"], shown["decided_for"]) == (True, 1, "email")
    assert shown["decided_at"] == receipt["decided_at"]
    assert not (await http.read())[PURPOSE, "inbox"]["holds"]
    assert not (await http.read(OTHER))[PURPOSE, "email"]["holds"]


async def test_any_is_for_the_channels_without_a_decision_of_their_own(http: Http) -> None:
    await http.decide(is_given=False)
    await http.decide(is_given=True, path=f"{PURPOSE}/any")

    found = await http.read()

    assert not found[PURPOSE, "email"]["holds"]
    assert found[PURPOSE, "inbox"]["holds"]
    assert found[PURPOSE, "inbox"]["decided_for"] == "any"
    assert not found["profiling", "inbox"]["holds"]


async def test_the_same_again_is_the_same_receipt_and_no_news(http: Http, pool: Pool) -> None:
    first = await http.decide(is_given=True)

    assert await http.decide(is_given=True) == first
    assert [state.version for state in await facts(pool)] == [1]


async def test_each_change_is_a_version_and_a_fact(http: Http, pool: Pool) -> None:
    receipts = [await http.decide(is_given=each) for each in (True, False, False, True)]

    assert [each["version"] for each in receipts] == [1, 2, 2, 3]
    assert len({each["id"] for each in receipts}) == 3
    assert [(each.version, each.is_given) for each in await facts(pool)] == [
        (1, True), (2, False), (3, True),
    ]  # fmt: skip
    assert {each.subject for each in await facts(pool)} == {SUBJECT}
    assert http.woken == 4


async def test_what_any_linked_subject_said_last_holds_for_all(http: Http, pool: Pool) -> None:
    await http.decide(is_given=True)
    link_id = await link(pool, SUBJECT, OTHER)
    assert (await http.read(OTHER))[PURPOSE, "email"]["holds"]

    await http.decide(OTHER, is_given=False)
    assert not (await http.read())[PURPOSE, "email"]["holds"]
    again = await http.decide(is_given=True)
    assert (again["version"], again["subject"]) == (2, str(SUBJECT))
    assert (await http.read(OTHER))[PURPOSE, "email"]["holds"]

    await unlink(pool, link_id)
    assert (await http.read())[PURPOSE, "email"]["holds"]
    assert not (await http.read(OTHER))[PURPOSE, "email"]["holds"]


async def test_decisions_of_one_citizen_at_once_are_one_after_the_other(
    http: Http, pool: Pool
) -> None:
    await link(pool, SUBJECT, OTHER)

    await asyncio.gather(
        *(
            http.decide((SUBJECT, OTHER)[number % 2], is_given=number % 3 > 0)
            for number in range(30)
        )
    )

    rows = await pool.fetch("SELECT * FROM consent_receipts ORDER BY decided_at")
    of = {each: [row for row in rows if row["subject"] == each] for each in (SUBJECT, OTHER)}
    for subject, own in of.items():
        assert [row["version"] for row in own] == [*range(1, len(own) + 1)]
        last = await pool.fetchrow("SELECT * FROM consents WHERE subject = $1", subject)
        assert (last["version"], last["is_given"]) == (own[-1]["version"], own[-1]["is_given"])
    assert len({row["decided_at"] for row in rows}) == len(rows)
    told = [(each.subject, each.version) for each in await facts(pool)]
    assert told == [(row["subject"], row["version"]) for row in rows]
    assert (await http.read())[PURPOSE, "email"]["holds"] == rows[-1]["is_given"]


async def test_level_one_reads_and_does_not_decide(http: Http) -> None:
    assert (await http.put(f"{PURPOSE}/email", {"given": True}, level=1)).status_code == 403
    assert not (await http.read(level=1))[PURPOSE, "email"]["holds"]


@pytest.mark.parametrize("given", [True, False])
async def test_what_rests_on_law_is_not_decided(http: Http, pool: Pool, given: bool) -> None:  # noqa: FBT001
    answer = await http.put("service-notices/email", {"given": given})

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:percorso:problem:rests-on-law"
    assert (await http.read())["service-notices", "email"]["holds"]
    assert await facts(pool) == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("qzx/email", {"given": True}),
        (f"{PURPOSE}/qzx", {"given": True}),
        (f"{PURPOSE}/email", {"given": "qzx"}),
        (f"{PURPOSE}/email", {"given": 1}),
        (f"{PURPOSE}/email", {"given": None}),
        (f"{PURPOSE}/email", {"given": True, "qzx": 1}),
        (f"{PURPOSE}/email", {}),
    ],
)
async def test_other_decisions_are_refused_without_echo(
    http: Http, path: str, body: object
) -> None:
    answer = await http.put(path, body)

    assert answer.status_code == 422
    assert "qzx" not in answer.text


async def test_without_its_fact_there_is_no_decision(
    http: Http, pool: Pool, database: Database
) -> None:
    async with database.administrator() as administrator:
        await administrator.execute("REVOKE INSERT ON outbox FROM percorso_identity")

    answer = await http.put(f"{PURPOSE}/email", {"given": True})

    assert answer.status_code == 500
    assert not (await http.read())[PURPOSE, "email"]["holds"]
    assert await pool.fetchval("SELECT count(*) FROM consent_receipts") == 0


@pytest.mark.parametrize(
    "change", ["UPDATE consent_receipts SET version = 9", "DELETE FROM consent_receipts"]
)
async def test_a_receipt_is_never_changed(pool: Pool, change: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await pool.execute(change)
