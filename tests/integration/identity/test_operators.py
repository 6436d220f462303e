"""Operators find subjects and share services; what they were shown stands in the access log once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from uuid import UUID, uuid4

import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI
from msgspec import structs

from percorso.chassis import problems
from percorso.chassis.callers import Operator, Role
from percorso.chassis.consumption import applying, offsets
from percorso.chassis.outbox import store as outbox
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import FakeClock, Issuer
from percorso.citizens.accesses import reads, shares
from percorso.citizens.accesses.reads import Read
from percorso.events.envelope import CloudEvent
from percorso.events.facts import Fact
from percorso.events.kafka.codec import decode_fact
from percorso.events.topics import ACCESS
from percorso.identity.access import handlers, lookups_api, store
from percorso.identity.access.entries import Entry
from percorso.identity.access.lookups_api import Lookups
from percorso.identity.agencies.registrations import Agency
from percorso.identity.shares import api as shares_api
from percorso.identity.shares.api import Shares
from percorso.identity.subjects import pseudonyms
from percorso.identity.subjects.identifiers import normalise
from tests.support.batches import a_batch, a_record
from tests.support.databases import Database
from tests.support.events import NOON, a_subject
from tests.support.links import link

KEY = b"percorso test key, never in use!"
CITIZEN, LINKED, STRANGER = a_subject(1), a_subject(2), a_subject(3)
KNOWN = {"c_a182", "c_h501"}
BY = Operator("op-1", "c_a182", Role.DESK, "Reclamo", "R-9")
LOOKUP = {"scheme": "cf", "value": "RSSMRA85T10A562S"}


def named(agency: str | None, scheme: str, value: str) -> UUID:
    """Name a subject as identity does."""
    return pseudonyms.subject(KEY, scheme, normalise(scheme, value, agency=agency))


async def registered(code: str) -> Agency | None:
    """Find an agency."""
    return Agency(code, links=False, sources=(), created_at=NOON) if code in KNOWN else None


@dataclass
class Office:
    """The routes on one database, as one operator or another uses them."""

    pool: Pool
    issuer: Issuer
    client: httpx.AsyncClient

    async def call(self, method: str, path: str, body: object, by: str) -> httpx.Response:
        """Call as whoever the header names."""
        headers = {"authorization": by}
        return await self.client.request(method, path, json=body, headers=headers)

    async def entries(self, *subjects: UUID) -> list[Entry]:
        """Return what a citizen's access log shows."""
        async with transaction(self.pool) as connection:
            return await store.page(connection, subjects, after=None, limit=100_000)

    async def facts(self) -> list[Fact]:
        """Return the facts that wait to be published."""
        async with transaction(self.pool) as connection:
            waiting = await outbox.take(connection, 1_000)
        return [decode_fact(a_record(each.record, 0)) for each in waiting]


@pytest.fixture
async def office(pool: Pool) -> AsyncIterator[Office]:
    issuer, app, clock = Issuer(), FastAPI(), FakeClock()
    problems.install(app)
    tokens = issuer.tokens("identity")
    app.include_router(lookups_api.router(tokens, Lookups(pool, named, clock)))
    deciding = Shares(pool, registered, committed=lambda: None, clock=clock)
    app.include_router(shares_api.router(tokens, deciding))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://identity") as client:
        yield Office(pool, issuer, client)


async def test_a_subject_is_found_and_its_citizen_sees_that_it_was(office: Office) -> None:
    desk = office.issuer.operator("identity", purpose="Reclamo", case="R-9")

    answers = [await office.call("POST", "/v1/lookups", LOOKUP, desk) for _ in range(2)]

    subject = named(None, "cf", LOOKUP["value"])
    assert [answer.json() for answer in answers] == [{"subject": str(subject)}] * 2
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    entries = await office.entries(subject)
    assert [(e.who, e.role, e.action, e.purpose, e.reference) for e in entries] == [
        ("agency:c_a182", Role.DESK, "subject-found", "Reclamo", "R-9")
    ] * 2
    assert await office.entries(STRANGER) == []


async def test_without_its_entry_no_subject_is_told(
    office: Office, identity_database: Database
) -> None:
    async with identity_database.administrator() as administrator:
        await administrator.execute("REVOKE INSERT ON access_log FROM percorso_identity")

    answer = await office.call("POST", "/v1/lookups", LOOKUP, office.issuer.operator("identity"))

    assert answer.status_code >= 500
    assert str(named(None, "cf", LOOKUP["value"])) not in answer.text


async def test_a_broken_identifier_is_refused_without_an_echo(office: Office) -> None:
    desk = office.issuer.operator("identity")
    foreign = {"scheme": "customer", "value": "c_h501:QZX"}
    broken = [LOOKUP | {"value": "QZX"}, LOOKUP | {"scheme": "QZX"}, {"value": "QZX"}, foreign]

    answers = [await office.call("POST", "/v1/lookups", each, desk) for each in broken]

    assert {answer.status_code for answer in answers} == {422}
    assert not any("QZX" in answer.text for answer in answers)


async def test_nobody_else_finds_subjects_or_shares(office: Office) -> None:
    issuer = office.issuer
    asked = [("POST", "/v1/lookups", LOOKUP), ("PUT", "/v1/shares/tari/c_h501", {"shared": True})]
    others = [
        issuer.operator("identity", Role.OPERATIONS),
        issuer.citizen("identity", CITIZEN),
        issuer.agency("identity"),
        issuer.service("identity", "journey"),
    ]
    desk = issuer.operator("identity", Role.DESK)

    answers = [await office.call(*each, by) for each in asked for by in others]
    answers += [
        await office.call(*asked[1], desk),
        await office.call("GET", "/v1/shares", None, desk),
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert await office.facts() == []


async def test_an_owner_shares_a_service_of_theirs_and_no_more(office: Office) -> None:
    owner = office.issuer.operator("identity", Role.OWNER)
    path = "/v1/shares/tari/c_h501"

    for wanted in (False, True, True, False, False, True):
        answer = await office.call("PUT", path, {"shared": wanted}, owner)
        assert answer.json() == {"service": "tari", "agency": "c_h501", "shared": wanted}

    states = [shares.from_fact(fact) for fact in await office.facts()]
    assert [(s.version, s.is_shared) for s in states if s] == [(1, True), (2, False), (3, True)]
    assert {(s.agency, s.service, s.reader) for s in states if s} == {("c_a182", "tari", "c_h501")}
    own = (await office.call("GET", "/v1/shares", None, owner)).json()["items"]
    assert own == [{"service": "tari", "agency": "c_h501", "shared": True}]
    others = office.issuer.operator("identity", Role.OWNER, agency="c_h501")
    assert (await office.call("GET", "/v1/shares", None, others)).json()["items"] == []


async def test_a_share_with_nobody_or_with_oneself_is_refused(office: Office) -> None:
    owner = office.issuer.operator("identity", Role.OWNER)
    readers = ["c_a182", "c_x999", "QZX!", "c" * 33]

    answers = [
        await office.call("PUT", f"/v1/shares/tari/{each}", {"shared": True}, owner)
        for each in readers
    ]

    assert [answer.status_code for answer in answers] == [422, 404, 422, 422]
    assert await office.facts() == []


async def test_two_owners_who_decide_at_once_give_one_version_each(office: Office) -> None:
    owner = office.issuer.operator("identity", Role.OWNER)

    await asyncio.gather(
        *(
            office.call("PUT", "/v1/shares/tari/c_h501", {"shared": n % 2 == 0}, owner)
            for n in range(20)
        )
    )

    states = [shares.from_fact(fact) for fact in await office.facts()]
    assert [s.version for s in states if s] == list(range(1, len(states) + 1))


def said(*subjects: UUID, days: int = 0) -> list[CloudEvent]:
    """Return what another service says of one read of a citizen with these subjects."""
    read = Read("timeline-read", BY, NOON + timedelta(days=days), "urn:percorso:journey")
    return reads.events(read, uuid4(), subjects)


async def take(pool: Pool, events: Sequence[CloudEvent], first: int = 0) -> None:
    """Apply events as one batch."""
    batch = a_batch(events, first=first, topic=ACCESS)
    await applying.apply(pool, batch, handlers.record)


@pytest.fixture
async def listening(office: Office) -> Office:
    async with transaction(office.pool) as connection:
        await offsets.begin(connection, ACCESS.name, {0: 0})
    return office


async def test_each_read_stands_in_the_log_once_in_any_order_with_any_copies(
    listening: Office,
) -> None:
    await link(listening.pool, CITIZEN, LINKED)
    told = [said(CITIZEN, LINKED, days=n) for n in range(40)] + [said(STRANGER)]
    events = [event for each in told for event in each]
    chance = Random(20261122)
    many = [*events, *chance.choices(events, k=100)]
    chance.shuffle(many)

    for at in range(0, len(many), 17):
        await take(listening.pool, many[at : at + 17], at)

    entries = await listening.entries(CITIZEN, LINKED)
    assert [entry.at for entry in entries] == [NOON + timedelta(days=n) for n in range(39, -1, -1)]
    assert {entry.who for entry in entries} == {"agency:c_a182"}
    assert len(await listening.entries(LINKED)) == 40
    assert len(await listening.entries(STRANGER)) == 1


async def test_what_is_no_entry_is_a_dead_letter_and_holds_up_nothing(listening: Office) -> None:
    (good,) = said(CITIZEN)
    broken = [
        structs.replace(good, touchpoint=b"QZX"),
        structs.replace(good, touchpoint=b"{}"),
        structs.replace(good, type="eu.percorso.page.viewed.v1"),
    ]

    await take(listening.pool, [*broken, good])

    assert len(await listening.entries(CITIZEN)) == 1
    async with transaction(listening.pool) as connection:
        assert await connection.fetchval("SELECT count(*) FROM dead_letters") == 3
