"""What a provider, or whoever pretends to be one, may answer: all of it is refused, and nothing told."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from random import Random
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from asyncpg import Pool

from percorso.chassis.testing import FakeClock, recorded_spans
from percorso.events.errors import Unavailable
from percorso.identity.login import metrics
from percorso.identity.login.bounded import MAX_ANSWER
from percorso.identity.login.faults import Fault
from percorso.identity.login.proofs import FISCAL_NUMBER
from tests.integration.login.answers import CASES, OTHER, Case, Prepare, instead, reply
from tests.support import databases, logins
from tests.support.clients import ISSUER
from tests.support.logins import (
    CHALLENGE,
    CITIZEN,
    FOREIGN,
    PORTAL,
    Double,
    Flood,
    Front,
    flooding,
    hanging,
    refusing,
    told,
)

# What came from outside, or is a secret: nobody but the provider and the browser may see it.
SECRETS = ["qzx", CITIZEN.lower(), CITIZEN[:6].lower()]


@pytest.fixture(scope="module")
async def pool(postgres_url: str, identity_template: str) -> AsyncIterator[Pool]:
    """Give a database that all tests here share: each has a login of its own."""
    database = databases.copy(postgres_url, "identity", identity_template)
    async with database.pool() as pool:
        yield pool
    databases.drop(postgres_url, database)


@pytest.fixture
def double(clock: FakeClock) -> Double:
    """Give a provider."""
    return Double(clock)


@pytest.fixture
async def front(pool: Pool, clock: FakeClock, double: Double) -> AsyncIterator[Front]:
    """Give identity's login, which waits half a second for that provider."""
    async with logins.front(pool, double.transport(), clock, deadline_s=0.5) as front:
        yield front


async def begun(front: Front, double: Double, **query: str | int) -> dict[str, str]:
    """Begin a login; return with what a good provider sends the browser back."""
    started = await front.begin(**query)
    assert started.status_code == 303, started.text
    state = double.see(started.headers["location"])["state"]
    return {"state": state, "code": "code-qzx", "iss": double.issuer}


def merged(back: Mapping[str, str], changed: Mapping[str, str | None]) -> dict[str, str]:
    """Return what the browser brings back instead."""
    return {name: value for name, value in {**back, **changed}.items() if value is not None}


async def test_the_double_is_good_unless_it_is_made_to_misbehave(
    front: Front, double: Double
) -> None:
    ended = await front.callback(**await begun(front, double))

    assert told(ended).keys() == {"code"}
    assert [path for path, _ in double.asked] == [
        "/.well-known/openid-configuration", "/token", "/jwks.json", "/userinfo",
    ]  # fmt: skip
    assert double.request["claims"] == {"userinfo": {FISCAL_NUMBER: {"essential": True}}}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
async def test_a_bad_answer_is_refused_and_not_repeated(
    front: Front,
    double: Double,
    pool: Pool,
    case: Case,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    refused, codes = count(case.fault), await kept(pool)
    back = await begun(front, double)
    case.prepare(double)

    with recorded_spans() as spans:
        ended = await front.callback(**merged(back, case.back))

    assert told(ended) == {"error": case.said}
    assert count(case.fault) == refused + 1
    assert await kept(pool) == codes
    printed = "".join(capfd.readouterr())
    assert f"fault={case.fault.value}" in printed
    ours = [span.to_json() for span in spans.get_finished_spans()]
    assert ours
    lines = [
        f"{record.getMessage()} {record.__dict__}"
        for record in caplog.records
        if not record.name.startswith(("httpx", "httpcore"))  # the test's own client, too
    ]
    written = [ended.text, str(ended.headers), printed, *ours, *lines]
    assert [text for text in written if any(each in text.lower() for each in SECRETS)] == []


@pytest.mark.parametrize("name", ["a code that was used", "another nonce", "nobody is there"])
async def test_after_a_bad_answer_the_same_is_not_asked_again(
    front: Front, double: Double, name: str
) -> None:
    back = await begun(front, double)
    CASES[name].prepare(double)
    await front.callback(**back)
    asked = len(double.asked)

    again = await front.callback(**back)

    assert told(again) == {"error": "expired"}
    assert len(double.asked) == asked


@pytest.mark.parametrize("path", ["/token", "/jwks.json", "/userinfo"])
async def test_of_a_flood_no_more_is_read_than_may_be(
    front: Front, double: Double, path: str
) -> None:
    flood = Flood()
    back = await begun(front, double)
    double.replies[path] = flooding(flood)

    await front.callback(**back)

    assert 10_000 - flood.left == MAX_ANSWER // 3_000 + 1


async def test_a_login_cannot_be_ended_twice(front: Front, double: Double) -> None:
    back = await begun(front, double)

    ended = await asyncio.gather(*(front.callback(**back) for _ in range(4)))

    outcomes = sorted(next(iter(told(each))) for each in ended)
    assert outcomes == ["code", "error", "error", "error"]


@pytest.mark.parametrize("cookie", ["", "x" * 43, "qzx"])
async def test_a_login_cannot_be_ended_in_another_browser(
    front: Front, double: Double, cookie: str
) -> None:
    back = await begun(front, double)
    own = front.http.cookies["percorso-login"]
    front.http.cookies.clear()
    if cookie:
        front.http.cookies.set("percorso-login", cookie)

    ended = await front.callback(**back)
    front.http.cookies.set("percorso-login", own)
    again = await front.callback(**back)

    assert told(ended) == told(again) == {"error": "expired"}
    assert not any(path == "/token" for path, _ in double.asked)


async def test_a_login_has_ten_minutes(front: Front, double: Double, clock: FakeClock) -> None:
    in_time, late = await begun(front, double), await begun(front, double)
    double.request["nonce"] = None
    clock.advance(599)
    first = await front.callback(**in_time)
    clock.advance(1)
    second = await front.callback(**late)

    assert told(first) == {"error": "refused"}  # in time, though with another's nonce
    assert told(second) == {"error": "expired"}


async def test_the_answer_to_one_login_does_not_end_another(front: Front, double: Double) -> None:
    first = await begun(front, double)
    nonce = double.request["nonce"]
    second = await begun(front, double)
    double.token_claims["nonce"] = nonce

    ended = await front.callback(**second)

    assert told(ended) == {"error": "refused"}
    assert told(await front.callback(**first)).keys() == {"code"}


async def test_one_provider_cannot_answer_for_another(
    pool: Pool, clock: FakeClock, double: Double
) -> None:
    evil = Double(clock, issuer=OTHER, key=FOREIGN)
    doubles = {"provider.example": double, "qzx.example": evil}

    async def answer(request: httpx.Request) -> httpx.Response:
        return await doubles[request.url.host]._answer(request)

    transport = httpx.MockTransport(answer)
    async with logins.front(pool, transport, clock, issuers=(ISSUER, OTHER)) as front:
        at_evil = await begun(front, evil, provider=OTHER)
        mixed_up = await front.callback(**{**at_evil, "iss": ISSUER})
        at_good = await begun(front, double, provider=ISSUER)
        other_way = await front.callback(**{**at_good, "iss": OTHER})
        unnamed = await begun(front, double)
        good = await front.callback(**unnamed)

    assert told(mixed_up) == told(other_way) == {"error": "refused"}
    assert told(good).keys() == {"code"}
    assert [path for path, _ in evil.asked] == ["/.well-known/openid-configuration"]


async def test_a_provider_that_never_names_itself_need_not(front: Front, double: Double) -> None:
    double.metadata["authorization_response_iss_parameter_supported"] = ...
    back = await begun(front, double)
    del back["iss"]

    assert told(await front.callback(**back)).keys() == {"code"}


@pytest.mark.parametrize("twice", ["state", "code", "iss"])
async def test_an_answer_with_a_member_twice_is_none(
    front: Front, double: Double, twice: str
) -> None:
    back = await begun(front, double)
    pairs = urlencode([*back.items(), (twice, back[twice])])

    answer = await front.http.get("/v1/login/callback", params=pairs)

    assert answer.status_code == 422
    assert "qzx" not in answer.text


@pytest.mark.parametrize("path", ["/v1/login", "/v1/login/callback"])
async def test_strange_requests_are_answered_in_an_orderly_way(front: Front, path: str) -> None:
    chance = Random(7)
    names = ["state", "code", "iss", "error", "challenge", "return_to", "level", "provider", "qzx"]
    texts = ["", "qzx", "\0", "\u2028", "é" * 50, "%00", "9" * 30, "x" * 5_000, "//qzx", CHALLENGE]

    for _ in range(100):
        query = {name: chance.choice(texts) for name in chance.sample(names, 5)}
        answer = await front.http.get(path, params=query)

        assert answer.status_code in {303, 422}, query
        assert "qzx" not in answer.text
        if answer.status_code == 303:
            assert answer.headers["location"].startswith((f"{PORTAL}?error=", f"{ISSUER}/"))


METADATA: dict[str, Prepare] = {
    "nobody answers": instead("/.well-known/openid-configuration", hanging),
    "nobody is there": instead("/.well-known/openid-configuration", refusing),
    "not found": reply("/.well-known/openid-configuration", 404),
    "no JSON": reply("/.well-known/openid-configuration", text="qzx"),
    "too much": instead("/.well-known/openid-configuration", flooding(Flood())),
    "another issuer": lambda double: double.metadata.update(issuer=OTHER),
    "no endpoint": lambda double: double.metadata.update(token_endpoint=...),
    "an endpoint that is none": lambda double: double.metadata.update(
        authorization_endpoint="javascript:qzx"
    ),
}


@pytest.mark.parametrize("prepare", METADATA.values(), ids=METADATA.keys())
async def test_while_a_provider_cannot_be_asked_the_portal_is_told(
    front: Front, double: Double, pool: Pool, prepare: Prepare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("percorso.identity.login.metadata.TIMEOUT_S", 0.2)
    prepare(double)
    before = await pool.fetchval("SELECT count(*) FROM login_attempts")

    answer = await front.begin()

    assert told(answer) == {"error": "unavailable"}
    assert "set-cookie" not in answer.headers
    assert await pool.fetchval("SELECT count(*) FROM login_attempts") == before


async def test_a_provider_that_comes_back_is_asked_again(
    front: Front, double: Double, clock: FakeClock
) -> None:
    double.replies["/.well-known/openid-configuration"] = refusing
    await front.begin()
    await front.begin()
    double.replies.clear()
    clock.advance(1)

    back = await begun(front, double)

    assert told(await front.callback(**back)).keys() == {"code"}
    assert [path for path, _ in double.asked].count("/.well-known/openid-configuration") == 2


async def test_a_provider_that_changes_its_key_is_believed_after_a_while(
    front: Front, double: Double, clock: FakeClock
) -> None:
    await front.callback(**await begun(front, double))
    double.key = logins._a_key("next")
    clock.advance(10)

    assert told(await front.callback(**await begun(front, double))).keys() == {"code"}


async def test_while_the_subject_key_is_not_confirmed_nobody_gets_a_pseudonym(
    pool: Pool, clock: FakeClock, double: Double
) -> None:
    def unconfirmed(*_: object) -> Any:
        raise Unavailable("not confirmed")

    async with logins.front(pool, double.transport(), clock, name=unconfirmed) as front:
        answer = await front.callback(**await begun(front, double))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"


def count(fault: Fault) -> float:
    """Return how many logins came to nothing for this reason."""
    value: float = metrics.LOGINS.labels(fault.value)._value.get()
    return value


async def kept(pool: Pool) -> int:
    """Return how many logins wait for the portal."""
    kept: int = await pool.fetchval("SELECT count(*) FROM login_codes")
    return kept
