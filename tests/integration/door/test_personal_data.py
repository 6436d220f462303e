"""Marked personal data, sent right and wrong: where it may be seen, and nowhere else."""

import json
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from percorso.chassis import logs
from percorso.chassis.testing import recorded_spans
from percorso.identity.door.reading import SINGLE
from tests.support import systems, wires
from tests.support.citizens import a_fiscal_code, a_provisional_code, an_omocode
from tests.support.databases import Database
from tests.support.doors import a_touchpoint, an_event, subject, written
from tests.support.exposure import described, lines, traces_in, whole
from tests.support.identities import PATH, Identity
from tests.support.records import Records
from tests.support.waiting import until

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

RANDOM = Random(20260504)
IDENTIFIERS = {
    "cf": a_fiscal_code(RANDOM),
    "cf-provisional": a_provisional_code(RANDOM),
    "idanpr": "QZX765432",
    "eidas": "ES/IT/QzxEidas-7654321",
    "email": "qzx.mail@example.org",
    "phone": "+393339876543",
    "customer": "c_a182:QzxCustomer",
    "app": "c_a182:QzxApp",
    "visitor": "c_a182:QzxVisitor",
    "social": "mastodon:qzx.social@social.example",
}
OMOCODE = an_omocode(RANDOM)
# What of an identifier must not be seen, in any letters; the agency's code may.
TRACES = [
    value.split(":")[-1].lower()
    for value in (*IDENTIFIERS.values(), OMOCODE, "9876543", "qzxwrong", "qzxmember", "qzxtoken")
]
TEXTS = ["Qzxtext one", "Qzxname two", "Qzxmatter three", "Qzxdetail four", "Qzxreason five"]
Sent = tuple[bytes, dict[str, str], str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What could be seen of some requests from outside."""

    answers: list[str]
    spans: list[str]
    lines: list[tuple[str, str]]

    def everything(self) -> list[str]:
        """Return all of it as texts."""
        return [*self.answers, *self.spans, *(text for _, text in self.lines)]

    def in_production(self) -> list[str]:
        """Return it without what libraries say at levels that are off where the service runs."""
        off = tuple(name for name, level in logs._LEVELS.items() if level > logging.INFO)
        said = (text for name, text in self.lines if not name.startswith(off))
        return [*self.answers, *self.spans, *said]


def good_events() -> list[dict[str, Any]]:
    """Return an event by every scheme, and with marked text wherever text may be."""
    said, name, matter, detail, reason = TEXTS
    place = {"area": name}
    touchpoint = a_touchpoint(name=name, matter=matter, details={detail: detail}, place=place)
    events = [
        an_event(touchpoint, id=scheme, citizen={"scheme": scheme, "value": value})
        for scheme, value in IDENTIFIERS.items()
    ]
    feedback = {"channel": "02.1", "rating": 1, "text": said, "reason": reason}
    citizen = {"scheme": "cf", "value": OMOCODE}
    feedback_given = "eu.percorso.feedback.given.v1"
    return [*events, an_event(feedback, type=feedback_given, citizen=citizen)]


def bad_events() -> Iterator[dict[str, Any]]:
    """Yield events with which something is wrong, marked at the place of the fault."""
    for scheme, value in IDENTIFIERS.items():
        yield an_event(citizen={"scheme": scheme, "value": f"{value}\u2028qzxwrong"})
        yield an_event(citizen={"scheme": scheme, "value": "qzxwrong"})
        yield an_event(citizen={"scheme": f"qzxwrong{scheme}", "value": value})
        yield an_event(citizen={"scheme": scheme, "value": value, "qzxmember": value})
    cf = {"scheme": "cf", "value": IDENTIFIERS["cf"]}
    for name in ("specversion", "source", "type", "time", "datacontenttype", "sequence"):
        yield an_event(**{name: "qzxwrong"}, citizen=cf)
    for name in ("channel", "service", "place", "life_event", "language", "qzxmember"):
        yield an_event(a_touchpoint(**{name: ["qzxwrong"]}), citizen=cf)
    yield an_event(a_touchpoint(channel=IDENTIFIERS["cf"]), citizen=cf)
    yield an_event(a_touchpoint(details={"qzxmember": "\0" + TEXTS[0]}), citizen=cf)
    yield an_event(a_touchpoint(name=TEXTS[0] * 100), citizen=cf)
    yield an_event(data={"citizen": cf, "touchpoint": a_touchpoint(), "qzxmember": "qzxwrong"})
    yield an_event(data=IDENTIFIERS["cf"])


def bad_requests() -> Iterator[Sent]:
    """Yield bodies, headers and queries that are refused as a whole."""
    body = written(an_event(citizen={"scheme": "cf", "value": IDENTIFIERS["cf"]}))
    yield body[:-1], {}, ""
    yield body + b"qzxwrong", {}, ""
    yield body.replace(b'"cf"', b'"\xff"'), {}, ""
    yield body, {"Authorization": f"Bearer qzxtoken.{IDENTIFIERS['cf']}.x"}, ""
    yield body, {"Content-Type": f"qzxwrong/{IDENTIFIERS['cf']}"}, ""
    yield body, {"Content-Encoding": "qzxwrong"}, ""
    yield body, {"traceparent": IDENTIFIERS["cf"], "tracestate": "qzxwrong=1"}, "?validate=qzxwrong"
    yield body, {"baggage": f"cf={IDENTIFIERS['cf']}"}, f"?{IDENTIFIERS['cf']}=1&validate=x"
    yield body, {}, f"/{IDENTIFIERS['cf']}"


@pytest.fixture
async def journey(
    door: Identity, journey_database: Database, kafka_address: str, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a journey that consumes what the door publishes."""
    async with wires.listening(door.app) as listener:
        keys = f"http://127.0.0.1:{listener.port}"
        async with systems.journey_running(
            tmp_path, journey_database, kafka_address, keys=keys
        ) as app:
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://journey") as client:
                yield client


async def test_personal_data_is_seen_by_its_citizen_alone(
    door: Identity,
    journey: httpx.AsyncClient,
    topic: Records,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    with recorded_spans() as exporter:
        answers = [answer async for answer in sent(door)]
        timelines = await own_timelines(door, journey)
        answers += [(await client.get("/metrics")).text for client in (door.http, journey)]
        answers += [(await journey.get("/status")).text]
        spans = [described(span) for span in exporter.get_finished_spans()]
    seen = Seen(answers, spans, lines(caplog, capfd))
    records = await topic.added()

    assert spans
    assert seen.lines
    assert traces_in(seen.everything(), TRACES) == []
    assert traces_in(seen.in_production(), TEXTS) == []
    assert len(records) == len(good_events())
    headers = [str((record.key, record.headers)) for record in records]
    values = [record.value.decode() for record in records]
    assert traces_in([*headers, *values, *timelines], TRACES) == []
    assert traces_in(headers, TEXTS) == []
    for text in TEXTS:
        assert any(text in value for value in values)
        assert any(text in timeline for timeline in timelines)


async def sent(door: Identity) -> AsyncIterator[str]:
    """Send everything; yield the answers as texts."""
    accepted = await door.post_batch(good_events())
    assert accepted.json() == {"accepted": len(good_events()), "rejected": []}
    yield whole(accepted)
    for event in bad_events():
        for answer in (await door.post(event), await door.post_batch([event, event])):
            assert answer.status_code in {403, 422}, answer.text
            yield whole(answer)
    for body, headers, more in bad_requests():
        own = door.headers(SINGLE) | headers
        answer = await door.http.post(f"{PATH}{more}", content=body, headers=own)
        assert 400 <= answer.status_code < 500
        yield whole(answer)


async def own_timelines(door: Identity, journey: httpx.AsyncClient) -> list[str]:
    """Return the timeline of every citizen, when it holds what was sent."""
    citizens = [*IDENTIFIERS.items(), ("cf", OMOCODE)]
    found: list[str] = []
    for scheme, value in citizens:
        token = door.issuer.citizen("journey", subject(scheme, value))

        async def page(token: str = token) -> httpx.Response:
            return await journey.get("/v1/timelines/me", headers={"Authorization": token})

        async def is_there() -> bool:
            return len((await page()).json()["items"]) == 1

        await until(is_there)
        found.append(json.dumps((await page()).json(), ensure_ascii=False))
    return found
