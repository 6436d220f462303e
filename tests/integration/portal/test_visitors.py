"""The code by which an agency's site knows a browser: who gets one, and that each is taken by one login."""

import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from percorso.chassis.testing import FakeClock
from percorso.events.errors import Unavailable
from percorso.portal.visitors.codes import LIFE, Codes
from percorso.portal.visitors.visitors import Visitors
from tests.support import identities, portals
from tests.support.databases import Database
from tests.support.portal_answers import sent
from tests.support.portals import Browser, Portal, a_page, running

AGENCY = "c_a182"
COOKIE = "percorso_visitor"
LOGIN = "POST /v1/login/sessions"
PATHS = ("/", "/login", "/codes", "/accessibility", "/docs", "/operations/login")
CITIZENS = ("/timeline", "/suggestions", "/messages", "/consents", "/access-log", "/links")


def a_login(citizen: str = "anna") -> dict[str, object]:
    """Return who has logged in, as identity says it."""
    return {"access_token": citizen, "expires_in": 3600, "level": 2, "return_to": "/timeline"}


def codes(folder: Path, agency: str = AGENCY) -> Codes:
    """Return the portal's own way to make codes."""
    key = identities.service_key(folder, "portal").read_bytes()
    return Codes(hmac.digest(key, b"visitors", "sha256"), agency)


@pytest.fixture
async def site(portal_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """Give a portal on the host of an agency's site."""
    async with running(tmp_path, portal_database, site_agency=AGENCY) as portal:
        portal.services.answers |= {
            "POST /v1/service-tokens": {"access_token": "portals-own", "expires_in": 600},
            LOGIN: a_login(),
            "GET /v1/timelines/me": a_page(),
        }
        yield portal


@pytest.fixture
async def visitor(site: Portal) -> AsyncIterator[Browser]:
    """Give a browser in which nobody has logged in."""
    async with site.browser() as browser:
        yield browser


def held(browser: Browser) -> str | None:
    """Return the code that a browser holds."""
    return browser.http.cookies.get(COOKIE)


def hold(browser: Browser, code: str) -> None:
    """Put a code into a browser."""
    browser.http.cookies.set(COOKIE, code, domain=portals.HOST)


async def log_in(browser: Browser) -> httpx.Response:
    """Log in, whoever is inside."""
    await browser.open("/login/start")
    return await browser.open("/login/callback?code=the-code")


async def offered(portal: Portal) -> list[str | None]:
    """Return which visitors identity was told of, one for each login."""
    bodies = await sent(portal, "POST", "/v1/login/sessions")
    return [(body or {}).get("visitor") for body in bodies]


async def test_a_page_gives_a_browser_a_code_which_stays(visitor: Browser) -> None:
    first = await visitor.open("/")
    code = held(visitor)
    later = [await visitor.open(path) for path in PATHS]

    (cookie,) = first.headers.get_list("set-cookie")
    assert code
    assert cookie == f"{COOKIE}={code}; HttpOnly; Max-Age=28800; Path=/; SameSite=lax"
    assert [page.headers.get_list("set-cookie") for page in later] == [[]] * len(PATHS)


async def test_with_https_its_cookie_is_bound_to_the_host(
    portal_database: Database, tmp_path: Path
) -> None:
    url = f"https://{portals.HOST}"
    async with (
        running(tmp_path, portal_database, url=url, site_agency=AGENCY) as portal,
        portal.browser() as browser,
    ):
        page = await browser.open("/")

    (cookie,) = page.headers.get_list("set-cookie")
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {*cookie.split("; ")}
    assert "Domain" not in cookie


async def test_without_an_agency_there_is_no_code(portal: Portal, stranger: Browser) -> None:
    portal.services.answers |= {
        "POST /v1/service-tokens": {"access_token": "portals-own", "expires_in": 600},
        LOGIN: a_login(),
    }
    pages = [await stranger.open(path) for path in PATHS]
    stranger.http.cookies.set(COOKIE, "a" * 48, domain=portals.HOST)

    await log_in(stranger)

    assert all(COOKIE not in str(page.headers) for page in pages)
    assert await offered(portal) == [None]


async def test_what_is_no_page_gives_no_code(site: Portal, visitor: Browser) -> None:
    for path in ("/timeline", "/timeline/stream", "/login/start", "/static/style.css", "/livez"):
        await visitor.open(path)
    await visitor.send("/language", language="en", return_to="/")

    assert held(visitor) is None


async def test_the_way_to_the_login_gives_no_code_and_takes_one_that_is_none(
    site: Portal, visitor: Browser
) -> None:
    await visitor.open((await visitor.open("/timeline")).headers["location"])
    given = held(visitor)
    hold(visitor, "a" * 48)
    await visitor.open("/login?left=1")

    assert (given, held(visitor)) == (None, None)


async def test_a_login_is_told_which_visitor_it_was_and_the_code_is_gone(
    site: Portal, visitor: Browser
) -> None:
    await visitor.open("/")
    code = held(visitor)

    await log_in(visitor)
    after_login = held(visitor)
    for path in (*PATHS, *CITIZENS):
        await visitor.open(path)

    assert await offered(site) == [f"{AGENCY}:{code}"]
    assert after_login is None
    assert held(visitor) is None


async def test_the_code_is_in_no_url_and_no_page_and_told_to_nobody_else(
    site: Portal, visitor: Browser
) -> None:
    await visitor.open("/")
    code = held(visitor) or ""
    answers = [await visitor.open(path) for path in PATHS]
    answers += [await visitor.open("/login/start"), await visitor.send("/codes", code="ab")]
    answers += [await visitor.open("/login/callback?code=1")]
    answers += [await visitor.open(path) for path in CITIZENS]

    for answer in answers:
        assert code not in answer.text
        assert code not in str(answer.request.url) + answer.headers.get("location", "")
    told = [each for each in site.services.asked if code.encode() in await each.body()]
    assert [each.url.path for each in told] == ["/v1/login/sessions"]
    assert not [each for each in site.services.asked if code in f"{each.url}{each.headers}"]


@pytest.mark.parametrize("forging", ["tampered", "foreign", "old", "too short", "markup"])
async def test_a_code_that_is_none_of_ours_is_replaced_and_not_told(
    site: Portal, visitor: Browser, tmp_path: Path, forging: str
) -> None:
    now = datetime.now(UTC)
    own = codes(tmp_path)
    fresh = own.new(now)
    forged = {
        "tampered": f"{fresh[:-1]}{'A' if fresh[-1] != 'A' else 'B'}",
        "foreign": codes(tmp_path, "c_f205").new(now),
        "old": own.new(now - LIFE),
        "too short": fresh[:-1],
        "markup": "<script>",
    }[forging]
    hold(visitor, forged)

    await log_in(visitor)
    hold(visitor, forged)
    site.services.answers[LOGIN] = 403
    async with site.browser() as other:
        hold(other, forged)
        page = await other.open("/")

    assert await offered(site) == [None]
    assert f"{COOKIE}=" in page.headers["set-cookie"]
    assert forged not in page.headers["set-cookie"] + page.text


async def test_a_code_that_is_ours_would_be_told(
    site: Portal, visitor: Browser, tmp_path: Path
) -> None:
    """The test above would otherwise pass with any code that it makes."""
    own = codes(tmp_path).new(datetime.now(UTC))
    hold(visitor, own)

    await log_in(visitor)

    assert await offered(site) == [f"{AGENCY}:{own}"]


async def test_the_next_person_at_the_same_browser_is_another_visitor(
    site: Portal, visitor: Browser
) -> None:
    await visitor.open("/")
    first = held(visitor)
    await log_in(visitor)
    await visitor.submit(await visitor.open("/codes"), "/logout")
    await visitor.open("/")
    second = held(visitor)
    site.services.answers[LOGIN] = a_login("bruno")

    await log_in(visitor)

    assert await offered(site) == [f"{AGENCY}:{first}", f"{AGENCY}:{second}"]
    assert first != second


async def test_so_it_is_when_the_one_before_did_not_log_out(site: Portal, visitor: Browser) -> None:
    await visitor.open("/")
    await log_in(visitor)
    session = await site.sessions.find(visitor.http.cookies[site.cookie])
    assert session is not None
    await site.sessions.end(session)
    before = held(visitor)
    await visitor.open("/")
    second = held(visitor)

    await log_in(visitor)

    told = await offered(site)
    assert before is None
    assert told[1] == f"{AGENCY}:{second}"
    assert told[0] != told[1]


async def test_whoever_logs_in_while_another_is_inside_is_no_visitor(
    site: Portal, visitor: Browser, tmp_path: Path
) -> None:
    await log_in(visitor)
    hold(visitor, codes(tmp_path).new(datetime.now(UTC)))  # of a page that was loading meanwhile

    await log_in(visitor)

    assert await offered(site) == [None, None]
    assert held(visitor) is None


async def test_a_code_that_somebody_puts_back_is_replaced_and_told_to_nobody(
    site: Portal, visitor: Browser
) -> None:
    await visitor.open("/")
    taken = held(visitor) or ""
    await log_in(visitor)
    async with site.browser() as other:
        hold(other, taken)
        await log_in(other)
    async with site.browser() as other:
        hold(other, taken)
        page = await other.open("/")

    assert await offered(site) == [f"{AGENCY}:{taken}", None]
    assert f"{COOKIE}=" in page.headers["set-cookie"]
    assert taken not in page.headers["set-cookie"]


@pytest.mark.parametrize("answer", [403, 503])
async def test_a_login_that_failed_has_taken_the_code_too(
    site: Portal, visitor: Browser, answer: int
) -> None:
    await visitor.open("/")
    first = held(visitor)
    site.services.answers[LOGIN] = answer
    await log_in(visitor)
    after = held(visitor)
    await visitor.open("/")
    second = held(visitor)
    site.services.answers[LOGIN] = a_login()

    await log_in(visitor)

    assert after is None
    assert second not in {None, first}
    assert await offered(site) == [f"{AGENCY}:{first}", f"{AGENCY}:{second}"]


async def test_a_login_that_was_given_up_leaves_the_code(site: Portal, visitor: Browser) -> None:
    await visitor.open("/")
    code = held(visitor)

    await visitor.open("/login/start")
    await visitor.open("/login/callback?error=cancelled")

    assert held(visitor) == code
    assert await offered(site) == []


async def test_an_agency_that_may_not_link_stops_no_login(site: Portal, visitor: Browser) -> None:
    async def refusing(request: Request) -> Response:
        if "visitor" not in await request.json():
            return JSONResponse(a_login(), 201)
        errors = [{"pointer": "/visitor", "title": "Is not of an agency that may link"}]
        problem = {"type": "urn:percorso:problem:invalid-request", "errors": errors}
        return JSONResponse(problem, 422)

    site.services.answers[LOGIN] = refusing
    await visitor.open("/")

    led = await log_in(visitor)

    assert led.headers["location"] == "/timeline"
    assert [each is None for each in await offered(site)] == [False, True]


async def test_the_login_says_what_will_be_linked(site: Portal, visitor: Browser) -> None:
    page = await visitor.open("/login")

    assert "Le pagine del sito (Comune) viste nelle ultime ore" in page.text


async def test_codes_that_were_taken_are_forgotten_when_they_are_too_old(
    portal_database: Database,
) -> None:
    async with portal_database.pool(2) as pool:
        clock = FakeClock()
        visitors = Visitors(pool, clock, Codes(b"key", AGENCY))
        code = visitors.new()
        taken = [await visitors.take(code), await visitors.take(code)]
        await visitors.forget_once()
        kept = await pool.fetchval("SELECT count(*) FROM taken_visitors")
        clock.advance(LIFE.total_seconds())
        taken.append(await visitors.take(code))
        await visitors.forget_once()

        assert taken == [f"{AGENCY}:{code}", None, None]
        assert kept == 1
        assert await pool.fetchval("SELECT count(*) FROM taken_visitors") == 0


async def test_while_the_database_is_away_pages_are_shown_and_codes_stay(
    site: Portal, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> bool:
        raise Unavailable

    await visitor.open("/")
    monkeypatch.setattr("percorso.portal.visitors.store.is_taken", away)

    page = await visitor.open("/codes")

    assert page.status_code == 200
    assert page.headers.get_list("set-cookie") == []
