"""Logging in and out, with a stand-in for identity: a new session each time, and none by mistake."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support import portals
from tests.support.databases import Database
from tests.support.portals import Browser, Portal, a_page, a_secret

TOKENS = "POST /v1/service-tokens"
SESSIONS = "POST /v1/login/sessions"
OWN = {"access_token": "portals-own", "token_type": "Bearer", "expires_in": 600}
ATTEMPT = "percorso_login"


def a_login(**changed: object) -> dict[str, object]:
    """Return who has logged in, as identity says it."""
    said = {"access_token": "new", "token_type": "Bearer", "expires_in": 3600, "level": 2}
    return said | {"return_to": "/timeline?service=tari", "link_id": None} | changed


async def _begun(browser: Browser) -> dict[str, str]:
    led = await browser.open("/login/start?return_to=%2Ftimeline%3Fservice%3Dtari")
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(led.headers["location"]).query).items()
    }


async def _logged_in(portal: Portal, browser: Browser, **changed: object) -> httpx.Response:
    portal.services.answers |= {TOKENS: OWN, SESSIONS: a_login(**changed)}
    await _begun(browser)
    return await browser.open("/login/callback?code=the-code")


async def test_the_way_leads_to_identity_with_the_challenge_of_what_the_browser_keeps(
    portal: Portal, stranger: Browser
) -> None:
    led = await stranger.open("/login/start?return_to=%2Ftimeline%3Fservice%3Dtari")

    asked = await _begun(stranger)
    kept = stranger.http.cookies[ATTEMPT]
    assert urlsplit(led.headers["location"]).path == "/v1/login"
    assert asked["return_to"] == "/timeline?service=tari"
    assert asked["level"] == "2"
    assert asked["challenge"] == urlsafe_b64encode(sha256(kept.encode()).digest()).decode().rstrip(
        "="
    )
    assert kept not in led.headers["location"]


async def test_two_windows_of_one_browser_may_log_in_at_once(stranger: Browser) -> None:
    assert (await _begun(stranger))["challenge"] == (await _begun(stranger))["challenge"]


async def test_a_login_opens_a_session_with_the_citizens_token(
    portal: Portal, stranger: Browser
) -> None:
    led = await _logged_in(portal, stranger)
    portal.services.answers["GET /v1/timelines/me"] = a_page()
    page = await stranger.open(led.headers["location"])

    (sent,) = [each for each in portal.services.asked if each.url.path == "/v1/login/sessions"]
    assert led.headers["location"] == "/timeline?service=tari"
    assert sent.headers["authorization"] == "Bearer portals-own"
    assert (await sent.json())["code"] == "the-code"
    assert page.status_code == 200
    assert portal.services.callers("/v1/timelines/me") == ["Bearer new"]
    assert ATTEMPT not in stranger.http.cookies


async def test_a_login_gives_a_new_session_and_ends_the_one_before(
    portal: Portal, browser: Browser
) -> None:
    before = browser.http.cookies[portal.cookie]

    await _logged_in(portal, browser)

    after = browser.http.cookies.get(portal.cookie, domain=portals.HOST)
    assert after != before
    assert await portal.sessions.find(before) is None
    assert await portal.sessions.find(after or "") is not None


async def test_a_session_planted_before_the_login_is_worth_nothing_after_it(
    portal: Portal, stranger: Browser
) -> None:
    stranger.http.cookies.set(portal.cookie, a_secret(), domain=portals.HOST)

    await _logged_in(portal, stranger)

    async with portal.browser() as attacker:
        attacker.http.cookies.set(portal.cookie, a_secret(), domain=portals.HOST)
        assert (await attacker.open("/timeline")).status_code == 303


async def test_without_the_login_that_this_browser_began_there_is_no_session(
    portal: Portal, stranger: Browser
) -> None:
    portal.services.answers |= {TOKENS: OWN, SESSIONS: a_login()}

    answer = await stranger.open("/login/callback?code=of-an-attacker")

    assert answer.status_code == 403
    assert portal.cookie not in stranger.http.cookies
    assert portal.services.asked == []


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("cancelled", "Hai annullato l&#39;accesso"),
        ("expired", "troppo tempo"),
        ("level-too-low", "livello di sicurezza troppo basso"),
        ("unavailable", "non risponde"),
        ("refused", "non è riuscito"),
        ("<script>", "non è riuscito"),
    ],
)
async def test_what_identity_says_went_wrong_is_told(
    portal: Portal, stranger: Browser, said: str, words: str
) -> None:
    await _begun(stranger)
    answer = await stranger.http.get("/login/callback", params={"error": said})

    assert answer.status_code == 403
    assert words in answer.text
    assert "<script>" not in answer.text.replace('<script src="/static/', "")


@pytest.mark.parametrize(
    "answer", [403, 401, 422, 500, 503, {"nothing": "agreed"}, a_login(level=7)]
)
async def test_a_code_that_identity_does_not_take_opens_nothing(
    portal: Portal, stranger: Browser, answer: object
) -> None:
    portal.services.answers |= {TOKENS: OWN, SESSIONS: answer}  # type: ignore[dict-item] # each is an Answer
    await _begun(stranger)

    page = await stranger.open("/login/callback?code=wrong")

    assert page.status_code == 403
    assert portal.cookie not in stranger.http.cookies


async def test_while_identity_is_away_a_login_fails_in_plain_words(
    portal: Portal, stranger: Browser
) -> None:
    await _begun(stranger)

    page = await stranger.open("/login/callback?code=any")

    assert page.status_code == 403
    assert "Puoi riprovare" in page.text


async def test_a_code_works_once_in_the_browser_too(portal: Portal, stranger: Browser) -> None:
    async def once(request: Request) -> Response:
        portal.services.answers[SESSIONS] = 403
        return JSONResponse(a_login(), 201)

    portal.services.answers |= {TOKENS: OWN, SESSIONS: once}
    await _begun(stranger)

    first = await stranger.open("/login/callback?code=the-code")
    second = await stranger.open("/login/callback?code=the-code")

    assert (first.status_code, second.status_code) == (303, 403)


@pytest.mark.parametrize("away", ["//evil.example", "https://evil.example", "/\\evil.example"])
async def test_a_login_leads_nowhere_else(portal: Portal, stranger: Browser, away: str) -> None:
    led = await _logged_in(portal, stranger, return_to=away)

    assert led.headers["location"] == "/"


async def test_a_session_ends_with_its_token_whatever_the_settings_say(
    portal: Portal, stranger: Browser
) -> None:
    await _logged_in(portal, stranger, expires_in=1)

    answer = await stranger.open("/timeline")
    while answer.status_code != 303:
        answer = await stranger.open("/timeline")

    assert answer.headers["location"].startswith("/login")


async def test_with_https_the_attempt_is_bound_to_the_host_too(
    portal_database: Database, tmp_path: Path
) -> None:
    url = f"https://{portals.HOST}"
    async with (
        portals.running(tmp_path, portal_database, url=url) as portal,
        portal.browser() as browser,
    ):
        led = await browser.open("/login/start")

    (cookie,) = led.headers.get_list("set-cookie")
    assert cookie.startswith("__Host-percorso_login=")
    assert "HttpOnly" in cookie
    assert "Secure" in cookie
