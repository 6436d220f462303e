"""A login from its beginning to the citizen's token, over the provider of the local stack."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from asyncpg import Pool
from joserfc.jwk import RSAKey

from percorso.chassis.testing import FakeClock
from percorso.city.city import City
from percorso.city.cli import DEFAULT_START
from percorso.city.provider.app import Provider
from percorso.city.provider.persons import Persons
from percorso.city.provider.signing import Signer
from percorso.identity.login import store
from percorso.identity.login.provider import Provider as RelyingParty
from tests.support import logins
from tests.support.clients import CLIENT_ID, ISSUER, REGISTERED
from tests.support.doors import subject
from tests.support.logins import CITIZEN, VISITOR, Front, told

KEY = RSAKey.generate_key(2048, {"kid": "provider", "use": "sig"})
PERSONS = Persons(City(7, 400, start=DEFAULT_START))
OTHER = "SLVFRC58P57A182D"
L1, L2, L3 = (f"https://www.spid.gov.it/SpidL{level}" for level in (1, 2, 3))


@pytest.fixture
async def provider(clock: FakeClock) -> AsyncIterator[httpx.AsyncClient]:
    """Give a browser at the provider."""
    app = Provider(
        ISSUER,
        signer=Signer(ISSUER, KEY),
        registered={CLIENT_ID: REGISTERED},
        persons=PERSONS,
        now=clock.timestamp,
    ).app()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
        yield browser


@pytest.fixture
async def front(pool: Pool, clock: FakeClock, provider: httpx.AsyncClient) -> AsyncIterator[Front]:
    """Give identity's login, with that provider."""
    async with logins.front(pool, provider._transport, clock) as front:
        yield front


async def chosen(
    provider: httpx.AsyncClient, started: httpx.Response, **fields: str
) -> dict[str, str]:
    """Say at the provider who one is; return with what the browser goes back."""
    assert started.status_code == 303, started.text
    page = await provider.get(started.headers["location"])
    name = page.text.partition('name="login" value="')[2].partition('"')[0]
    own = {"login": name, "person": "", "code": CITIZEN, "level": "1", "do": "login"}
    answered = await provider.post(f"{ISSUER}/authorize", data=own | fields)
    query = parse_qs(urlsplit(answered.headers["location"]).query)
    return {name: value for name, [value] in query.items()}


async def logged_in(
    front: Front, provider: httpx.AsyncClient, citizen: str = CITIZEN, **query: int
) -> str:
    """Log in; return the code that the portal gets."""
    back = await chosen(provider, await front.begin(**query), code=citizen)
    code: str = told(await front.callback(**back))["code"]
    return code


async def test_whoever_logs_in_is_a_citizen_by_a_pseudonym(
    front: Front, provider: httpx.AsyncClient
) -> None:
    started = await front.begin()
    back = await chosen(provider, started)
    ended = await front.callback(**back)
    answer = await front.redeem(told(ended)["code"])

    assert started.headers["location"].startswith(f"{ISSUER}/authorize?")
    for redirect in (started, ended):
        assert redirect.headers["cache-control"] == "no-store"
        assert redirect.headers["referrer-policy"] == "no-referrer"
    assert told(ended).keys() == {"code"}
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    session = answer.json()
    token = session.pop("access_token")
    assert session == {
        "token_type": "Bearer", "expires_in": 3600, "level": 2, "return_to": "/tempo?a=1",
        "link_id": None,
    }  # fmt: skip
    claims = await front.citizen(token)
    assert claims["sub"] == str(subject("cf", CITIZEN))
    assert claims["acr"] == L2
    assert "urn:percorso:journey" in claims["aud"]


async def test_of_the_person_the_fiscal_number_alone_is_asked_for_and_nothing_is_kept(
    front: Front, provider: httpx.AsyncClient, pool: Pool
) -> None:
    started = await front.begin()
    page = await provider.get(started.headers["location"])
    back = await chosen(provider, started)
    attempts = await pool.fetch("SELECT * FROM login_attempts")
    await front.callback(**back)
    codes = await pool.fetch("SELECT * FROM login_codes")

    assert "riceverà: codice fiscale." in page.text
    assert len(attempts) == len(codes) == 1
    kept = str([dict(row) for row in (*attempts, *codes)])
    assert "RSSMRA" not in kept
    assert back["state"] not in kept
    assert back["code"] not in kept


@pytest.mark.parametrize(
    ("asked", "chosen_level", "acr"), [(1, "1", L1), (1, "3", L3), (3, "1", L3)]
)
async def test_the_token_says_how_sure_the_login_was(
    front: Front, provider: httpx.AsyncClient, asked: int, chosen_level: str, acr: str
) -> None:
    back = await chosen(provider, await front.begin(level=asked), level=chosen_level)

    session = (await front.redeem(told(await front.callback(**back))["code"])).json()

    assert (await front.citizen(session["access_token"]))["acr"] == acr
    assert session["level"] == int(acr[-1])


async def test_whoever_is_sent_again_for_more_is_the_same_citizen(
    front: Front, provider: httpx.AsyncClient
) -> None:
    low = (await front.redeem(await logged_in(front, provider, level=1))).json()

    high = (await front.redeem(await logged_in(front, provider, level=2))).json()

    before, after = [await front.citizen(each["access_token"]) for each in (low, high)]
    assert (before["acr"], after["acr"]) == (L1, L2)
    assert before["sub"] == after["sub"]


async def test_two_windows_of_one_browser_can_log_in_at_once(
    front: Front, provider: httpx.AsyncClient
) -> None:
    one, other = await front.begin(), await front.begin()
    back_one = await chosen(provider, one)
    back_other = await chosen(provider, other, code=OTHER)

    codes = [told(await front.callback(**back))["code"] for back in (back_other, back_one)]

    tokens = [(await front.redeem(code)).json()["access_token"] for code in codes]
    subjects = [(await front.citizen(token))["sub"] for token in tokens]
    assert subjects == [str(subject("cf", OTHER)), str(subject("cf", CITIZEN))]


async def test_a_code_opens_one_session(front: Front, provider: httpx.AsyncClient) -> None:
    code = await logged_in(front, provider)

    answers = await asyncio.gather(*(front.redeem(code) for _ in range(4)))

    assert sorted(each.status_code for each in answers) == [201, 403, 403, 403]
    refused = next(each for each in answers if each.status_code == 403)
    assert refused.json()["type"] == "urn:percorso:problem:no-login"


async def test_a_code_is_of_no_use_to_another_browser_and_then_to_nobody(
    front: Front, provider: httpx.AsyncClient
) -> None:
    code = await logged_in(front, provider)

    answers = [await front.redeem(code, verifier="q" * 43), await front.redeem(code)]

    assert [each.status_code for each in answers] == [403, 403]


async def test_a_code_is_good_for_a_minute(
    front: Front, provider: httpx.AsyncClient, clock: FakeClock
) -> None:
    early, late = [await logged_in(front, provider) for _ in range(2)]
    clock.advance(59)
    answers = [await front.redeem(early)]
    clock.advance(1)
    answers.append(await front.redeem(late))

    assert [each.status_code for each in answers] == [201, 403]


@pytest.mark.parametrize("caller", ["notifications", "citizen", "agency", ""])
async def test_only_the_portal_opens_sessions(
    front: Front, provider: httpx.AsyncClient, caller: str
) -> None:
    issuer = front.issuer
    callers = {
        "notifications": issuer.service("identity", "notifications"),
        "citizen": issuer.citizen("identity"),
        "agency": issuer.agency("identity"),
        "": "",
    }
    code = await logged_in(front, provider)
    headers = {"Authorization": callers[caller]}
    body = {"code": code, "verifier": logins.VERIFIER}

    answer = await front.http.post("/v1/login/sessions", json=body, headers=headers)

    assert answer.status_code == (403 if caller else 401)
    assert (await front.redeem(code)).status_code == 201


@pytest.mark.parametrize(
    "changed",
    [
        {"challenge": "short"},
        {"challenge": "=" * 43},
        {"level": 0},
        {"level": 4},
        {"level": "qzx"},
        {"provider": "http://qzx.example"},
        {"return_to": "//qzx.example"},
        {"return_to": "/\\qzx.example"},
        {"return_to": "/\tqzx"},
        {"return_to": "/a\\qzx"},
        {"return_to": "https://qzx.example"},
        {"return_to": "javascript:qzx"},
        {"return_to": "/" + "q" * 1_100},
    ],
)
async def test_a_wrong_beginning_is_refused_without_echo(
    front: Front, changed: dict[str, str | int]
) -> None:
    answer = await front.begin(**changed)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "qzx" not in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "changed",
    [
        {"code": ""},
        {"verifier": "short"},
        {"visitor": "qzx"},
        {"visitor": "c_other:qzx"},
        {"visitor": "c_a182:"},
        {"qzx": "qzx"},
    ],
)
async def test_a_wrong_request_for_a_session_uses_nothing_up(
    front: Front, provider: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    code = await logged_in(front, provider)

    answer = (
        await front.redeem(changed.get("code", code), **changed)
        if "code" not in changed
        else (await front.redeem(""))
    )

    assert answer.status_code == 422
    assert "qzx" not in answer.text
    assert (await front.redeem(code)).status_code == 201


async def test_the_browser_is_known_by_a_cookie_that_scripts_do_not_see(front: Front) -> None:
    first, second = [await front.begin() for _ in range(2)]

    cookies = [each.headers["set-cookie"] for each in (first, second)]
    assert cookies[0] == cookies[1]
    members = cookies[0].lower().split("; ")
    assert members[0].startswith("percorso-login=")
    assert {"httponly", "samesite=lax", "path=/", "max-age=600"} <= set(members)


async def test_a_login_links_the_visitor_with_the_person_once(
    front: Front, provider: httpx.AsyncClient, pool: Pool
) -> None:
    sessions = [
        (await front.redeem(await logged_in(front, provider), visitor=VISITOR)).json()
        for _ in range(2)
    ]

    link = await pool.fetchrow("SELECT * FROM links")
    said = await pool.fetchrow("SELECT * FROM link_assertions")
    assert await pool.fetchval("SELECT count(*) FROM links") == 1
    assert link is not None
    assert said is not None
    assert [each["link_id"] for each in sessions] == [str(link["link_id"])] * 2
    ends = {str(link["one_subject"]), str(link["other_subject"])}
    assert ends == {str(subject("cf", CITIZEN)), str(subject("visitor", VISITOR))}
    assert (said["asserter"], said["proof"]) == ("service:portal", "login")
    assert await pool.fetchval("SELECT count(*) FROM outbox") == 1


async def test_a_browser_of_two_people_stays_with_the_first_and_lets_both_in(
    front: Front, provider: httpx.AsyncClient, pool: Pool
) -> None:
    first = await front.redeem(await logged_in(front, provider), visitor=VISITOR)

    second = await front.redeem(await logged_in(front, provider, OTHER), visitor=VISITOR)

    assert first.json()["link_id"] is not None
    assert (second.status_code, second.json()["link_id"]) == (201, None)
    token = await front.citizen(second.json()["access_token"])
    assert token["sub"] == str(subject("cf", OTHER))
    assert await pool.fetchval("SELECT count(*) FROM links") == 1


async def test_a_code_that_is_refused_links_nothing(
    front: Front, provider: httpx.AsyncClient, pool: Pool
) -> None:
    code = await logged_in(front, provider)

    await front.redeem(code, verifier="q" * 43, visitor=VISITOR)

    assert await pool.fetchval("SELECT count(*) FROM links") == 0


async def test_what_nobody_came_back_for_is_forgotten(
    front: Front, provider: httpx.AsyncClient, pool: Pool, clock: FakeClock
) -> None:
    for _ in range(3):
        await front.begin()
        await logged_in(front, provider)
    clock.advance(601)
    await logged_in(front, provider)

    assert await pool.fetchval("SELECT count(*) FROM login_attempts") == 0
    assert await pool.fetchval("SELECT count(*) FROM login_codes") == 1


async def test_there_is_an_end_to_logins_under_way(
    front: Front, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("percorso.identity.login.store.MAX_ATTEMPTS", 2)

    answers = [await front.begin() for _ in range(3)]

    assert [each.status_code for each in answers] == [303, 303, 429]
    assert answers[2].headers["retry-after"] == "1"
    assert await pool.fetchval("SELECT count(*) FROM login_attempts") == 2


async def test_a_login_too_many_costs_neither_a_signature_nor_a_count(
    front: Front, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("percorso.identity.login.store.MAX_ATTEMPTS", 2)
    signed = counting(monkeypatch, RelyingParty, "login_url")
    counted = counting(monkeypatch, store, "room")

    answers = [await front.begin() for _ in range(9)]
    clock.advance(1)
    again = await front.begin()
    clock.advance(601)
    after = await front.begin()

    assert [each.status_code for each in answers] == [303, 303, *[429] * 7]
    assert (again.status_code, after.status_code) == (429, 303)
    assert len(signed) == 3
    assert len(counted) == 3


async def test_those_who_come_at_once_wait_for_one_count(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = counting(monkeypatch, store, "room")

    answers = await asyncio.gather(*(front.begin() for _ in range(5)))

    assert {each.status_code for each in answers} == {303}
    assert len(counted) == 1


def counting(monkeypatch: pytest.MonkeyPatch, owner: object, name: str) -> list[None]:
    """Let each call of a function be noted."""
    calls: list[None] = []
    real = getattr(owner, name)

    async def noted(*given: Any, **named: Any) -> Any:
        calls.append(None)
        return await real(*given, **named)

    monkeypatch.setattr(owner, name, noted)
    return calls
