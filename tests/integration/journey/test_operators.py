"""Operators read of a timeline what their agency may see, and the citizen sees that they did."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from asyncpg import Pool
from fastapi import FastAPI
from msgspec import structs

from percorso.chassis import problems
from percorso.chassis.outbox import store as outbox
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import FakeClock, Issuer
from percorso.citizens import store as citizens
from percorso.citizens.accesses import store as shares
from percorso.citizens.accesses.shares import ShareState
from percorso.events.envelope import CloudEvent
from percorso.events.topics import ACCESS
from percorso.events.types.own import RecordAccessed
from percorso.journey.timelines import api
from percorso.journey.timelines.api import Timelines
from tests.support import timelines
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.events import a_subject, a_withdrawal, an_event
from tests.support.insights import a_link

CITIZEN, LINKED, STRANGER = a_subject(1), a_subject(2), a_subject(3)
OURS, THEIRS = "c_a182", "c_h501"


class Desk:
    """The routes on one database, as one operator or another uses them."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.issuer = Issuer()
        app = FastAPI()
        problems.install(app)
        reading = Timelines(pool, bytes(32), noted=lambda: None, clock=FakeClock())
        app.include_router(api.router(self.issuer.tokens("journey"), reading))
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://journey")

    async def ask(self, by: str, subject: UUID = CITIZEN, **query: str | int) -> httpx.Response:
        """Ask for a page as whoever the header names."""
        headers = {"authorization": by}
        return await self.client.get(f"/v1/timelines/{subject}", params=query, headers=headers)

    def operator(self, agency: str = OURS, **changes: object) -> str:
        """Return the header of an operator at a desk."""
        return self.issuer.operator("journey", **{"agency": agency, **changes})  # type: ignore[arg-type]

    async def ids(self, reader: str = OURS, **query: str | int) -> list[str]:
        """Return the ids on a page, as an operator of the agency sees it."""
        answer = await self.ask(self.operator(reader), CITIZEN, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        return [each["id"] for each in answer.json()["items"]]

    async def entries(self) -> list[tuple[UUID, RecordAccessed]]:
        """Return what is said of reads: about whom, and what."""
        async with transaction(self.pool) as connection:
            waiting = await outbox.take(connection, 1_000)
        assert {each.topic for each in waiting} <= {ACCESS.name}
        return [
            (UUID(each.record.key.decode()), RecordAccessed.model_validate_json(each.record.value))
            for each in waiting
        ]

    async def share(self, service: str, reader: str, version: int = 1, **more: Any) -> None:
        """Let our agency's touchpoints of a service be shared with another one."""
        state = ShareState(OURS, service, reader, version, more.get("is_shared", True))
        async with transaction(self.pool) as connection:
            await shares.apply(connection, state)


@pytest.fixture
async def desk(journey_database: Database) -> AsyncIterator[Desk]:
    async with journey_database.pool() as pool:
        await timelines.begin(pool)
        async with transaction(pool) as connection:
            await citizens.apply(connection, a_link(CITIZEN, LINKED))
        desk = Desk(pool)
        async with desk.client:
            yield desk


def said(id: str, agency: str = OURS, service: str | None = None, **more: Any) -> CloudEvent:  # noqa: A002
    """Return what an agency said of the citizen, or of another one."""
    payload = {"channel": "01.1.1"} | ({"service": service} if service else {})
    event = an_event(id, source=f"urn:it:{agency}:x", **more)
    return structs.replace(event, agency=agency, touchpoint=json.dumps(payload).encode())


async def test_operators_see_their_agencys_touchpoints_and_what_is_shared_with_it(
    desk: Desk,
) -> None:
    events = [
        said("ours", service="tari", minutes=1),
        said("of another subject", service="imu", minutes=2, subject=LINKED),
        said("without a service", minutes=3),
        said("theirs", THEIRS, "tari", minutes=4),
        said("of nobody here", "c_f205", "tari", minutes=5),
        said("a suggestion", "percorso", "tari", minutes=6),
        said("of a stranger", service="tari", minutes=7, subject=STRANGER),
    ]
    await timelines.apply(desk.pool, a_batch(events))

    assert await desk.ids(OURS) == ["without a service", "of another subject", "ours"]
    assert await desk.ids(THEIRS) == ["theirs"]
    await desk.share("tari", THEIRS)
    await desk.share("tari", "c_l219")
    assert await desk.ids(THEIRS) == ["theirs", "ours"]
    assert await desk.ids(THEIRS, order="asc") == ["ours", "theirs"]
    assert await desk.ids(THEIRS, agency=OURS, service="imu") == []
    assert await desk.ids("c_l219") == ["ours"]
    await desk.share("tari", THEIRS, 2, is_shared=False)
    assert await desk.ids(THEIRS) == ["theirs"]


async def test_what_is_withdrawn_is_hidden_from_operators_too(desk: Desk) -> None:
    await timelines.apply(desk.pool, a_batch([an_event("1"), a_withdrawal("w", "1")]))

    assert await desk.ids() == ["w"]


async def test_each_page_is_an_entry_that_every_linked_subject_sees(desk: Desk) -> None:
    await timelines.apply(desk.pool, a_batch([an_event(str(n), minutes=n) for n in range(5)]))
    by = desk.operator(sub="op-1", role="owner", purpose="Reclamo", case="R-9")

    first = (await desk.ask(by, LINKED, limit=3)).json()
    second = (await desk.ask(by, LINKED, limit=3, cursor=first["next_cursor"])).json()

    assert [each["id"] for each in [*first["items"], *second["items"]]] == list("43210")
    entries = await desk.entries()
    assert Counter(subject for subject, _ in entries) == {CITIZEN: 2, LINKED: 2}
    assert len({entry.entry for _, entry in entries}) == 2
    assert {entry.model_copy(update={"entry": "-"}) for _, entry in entries} == {
        RecordAccessed(
            entry="-", action="timeline-read", agency=OURS, role="owner", operator="op-1",
            purpose="Reclamo", case="R-9",
        )
    }  # fmt: skip


async def test_a_cursor_is_of_one_agency(desk: Desk) -> None:
    await timelines.apply(desk.pool, a_batch([an_event(str(n), minutes=n) for n in range(3)]))
    first = (await desk.ask(desk.operator(), limit=1)).json()["next_cursor"]

    others = [
        await desk.ask(desk.operator(THEIRS), limit=1, cursor=first),
        await desk.ask(desk.operator(), STRANGER, limit=1, cursor=first),
    ]

    assert [answer.status_code for answer in others] == [422, 422]


async def test_nobody_else_reads_anothers_timeline_and_nothing_is_noted(desk: Desk) -> None:
    issuer = desk.issuer
    others = [
        issuer.operator("journey", "operations"),
        issuer.citizen("journey", CITIZEN),
        issuer.citizen("journey", STRANGER),
        issuer.agency("journey"),
        issuer.service("journey", "insights"),
    ]

    answers = [await desk.ask(each) for each in others]

    assert {answer.status_code for answer in answers} == {403}
    assert await desk.entries() == []


@pytest.mark.parametrize("fault", ["REVOKE INSERT ON outbox FROM percorso_journey", "commit"])
async def test_without_its_entry_nothing_is_shown(
    desk: Desk, journey_database: Database, fault: str
) -> None:
    await timelines.apply(desk.pool, a_batch([an_event("secret-1")]))
    if fault == "commit":
        fault = """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION refuse()
        """
    async with journey_database.administrator() as administrator:
        await administrator.execute(fault)

    answer = await desk.ask(desk.operator())

    assert answer.status_code >= 500
    assert "secret-1" not in answer.text
    assert await desk.entries() == []


async def test_many_reads_at_once_are_as_many_entries(desk: Desk) -> None:
    await timelines.apply(desk.pool, a_batch([an_event("1")]))

    answers = await asyncio.gather(
        *(desk.ask(desk.operator(case=f"C-{n}"), STRANGER) for n in range(200))
    )

    answered = {f"C-{n}" for n, answer in enumerate(answers) if answer.status_code == 200}
    entries = [entry for _, entry in await desk.entries()]
    assert len(entries) == len({entry.entry for entry in entries}) == 200
    assert {entry.case for entry in entries} == answered
