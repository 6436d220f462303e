"""Marked addresses, said right and wrong, kept and released: seen by those who may, and nowhere else."""

import logging
from collections.abc import AsyncIterator
from random import Random

import httpx
import pytest

from percorso.chassis.testing import recorded_spans
from percorso.events.topics import IDENTITY
from tests.support import records
from tests.support.citizens import a_fiscal_code
from tests.support.doors import subject
from tests.support.exposure import described, lines, traces_in, whole
from tests.support.identities import Identity
from tests.support.records import Records
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

CF = a_fiscal_code(Random(20261122))
SUBJECT = subject("cf", CF)
GOOD = {"email": "qzx.canary@example.org", "phone": "+393339876543"}
TRACES = [CF.lower(), "qzx", "9876543"]
CONSENT = "/v1/consents/me/feedback/any"


@pytest.fixture
async def facts(door: Identity, kafka_address: str) -> AsyncIterator[Records]:
    """Give what a test adds to what identity says of itself."""
    async with records.from_now(kafka_address, IDENTITY) as added:
        yield added


async def test_an_address_is_seen_by_its_citizen_and_by_who_may_have_it(
    door: Identity,
    facts: Records,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    with recorded_spans() as exporter:
        kept = [answer async for answer in said(door)]
        refused = [whole(answer) async for answer in refusals(door)]
        pages = [(await door.http.get(path)).text for path in ("/metrics", "/status", "/readyz")]
        await until(lambda: _are_told(facts))
        spans = [described(span) for span in exporter.get_finished_spans()]
    written = [text for _, text in lines(caplog, capfd)]
    told = [f"{each.key} {each.value} {each.headers}" for each in await facts.added()]

    assert all(len(traces_in([answer.text], TRACES)) >= 1 for answer in kept)
    assert spans
    assert written
    assert "percorso_address_releases_total" in pages[0]
    assert traces_in([*refused, *pages, *spans, *written, *told], TRACES) == []


async def _are_told(facts: Records) -> bool:
    return await facts.count() == 2


async def said(door: Identity) -> AsyncIterator[httpx.Response]:
    """Say, read and release addresses as one may; yield the answers, each of which holds one."""
    yield await call(door, "PUT", "/v1/contacts/me", GOOD)
    yield await call(door, "GET", "/v1/contacts/me")
    assert (await call(door, "PUT", CONSENT, {"given": True})).status_code == 200
    yield await release(door, purpose="feedback")
    yield await release(door, channel="phone")


async def refusals(door: Identity) -> AsyncIterator[httpx.Response]:
    """Say and ask what is refused, marked at the place of the fault; and what says no address."""
    for wrong in (
        {**GOOD, "email": "qzx"},
        {**GOOD, "phone": "0009876543"},
        {**GOOD, "qzx": 1},
        {"email": GOOD["email"]},
        ["qzx"],
    ):
        answer = await call(door, "PUT", "/v1/contacts/me", wrong)
        assert answer.status_code == 422
        yield answer
    yield await call(door, "GET", "/v1/access-log/me")
    yield await call(door, "GET", "/v1/access-log/me?cursor=qzx")
    yield await call(door, "GET", "/v1/consents/me")
    yield await call(door, "PUT", "/v1/consents/me/qzx/email", {"given": True})
    yield await call(door, "PUT", CONSENT, {"given": GOOD["email"]})
    yield await call(door, "PUT", CONSENT, {"given": False})
    yield await release(door, purpose="feedback")
    yield await release(door, subject=CF)
    yield await release(door, reference=f"{GOOD['email']} ")
    yield await release(door, qzx=GOOD["phone"])
    yield await door.http.post("/v1/service-tokens", data={"client_assertion": f"qzx.{CF}.x"})
    yield await door.http.put(
        "/v1/contacts/me", content=b'{"email": "qzx', headers={"Authorization": citizen(door)}
    )


async def call(door: Identity, method: str, path: str, body: object = None) -> httpx.Response:
    """Call as the citizen."""
    headers = {"Authorization": citizen(door)}
    return await door.http.request(method, path, json=body, headers=headers)


async def release(door: Identity, **changed: object) -> httpx.Response:
    """Ask for the citizen's address as notifications does."""
    asked = {
        "subject": str(SUBJECT),
        "purpose": "service-notices",
        "channel": "email",
        "reference": "message-1",
    }
    headers = {"Authorization": door.issuer.service("identity", "notifications")}
    return await door.http.post("/v1/contacts/release", json=asked | changed, headers=headers)


def citizen(door: Identity) -> str:
    """Return the citizen's header."""
    return door.issuer.citizen("identity", SUBJECT)
