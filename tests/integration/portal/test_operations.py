"""The page of operations: for whoever brings a token of that role, and for no citizen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support import portals
from tests.support.portals import Browser, Portal

LETTERS = "GET /v1/dead-letters"
STATUS = {"status": 200, "version": "0.1.0", "lag": 7, "freshness_ms": 1200, "dead_letters": 1}
LETTER = {
    "id": 41,
    "topic": "percorso.touchpoints.v1",
    "partition": 3,
    "offset": 99,
    "reason": "invalid_touchpoint",
    "bytes": 12,
    "recorded_at": "2026-05-04T10:00:00Z",
    "attempts": 2,
    "type": None,
    "agency": "c_a182",
}
TRACE = "0af7651916cd43dd8448eb211c80319c"


def _answers(portal: Portal) -> None:
    portal.services.answers |= {
        "GET /readyz": {"status": "ready", "checks": {"postgres": "ok"}},
        "GET /status": STATUS,
        LETTERS: {"items": [LETTER], "next_cursor": None},
    }


@pytest.fixture
async def desk(portal: Portal) -> AsyncIterator[Browser]:
    """Give a browser of somebody who looks after the stack."""
    _answers(portal)
    async with portal.browser(await portal.operations()) as browser:
        yield browser


async def test_services_and_letters_are_shown(portal: Portal, desk: Browser) -> None:
    page = await desk.open("/operations")

    for words in ("journey", "pronto", "1.200", "invalid_touchpoint", "percorso.touchpoints.v1"):
        assert words in page.text
    assert set(portal.services.callers("/v1/dead-letters")) == {"Bearer operations"}
    assert set(portal.services.callers("/status")) == {None}


async def test_what_is_not_ready_says_why_and_what_is_away_is_shown_so(
    portal: Portal, desk: Browser
) -> None:
    async def unready(_: Request) -> Response:
        checks = {"postgres": "away", "kafka": "ok"}
        return JSONResponse({"type": "urn:percorso:problem:not-ready", "checks": checks}, 503)

    portal.services.answers["GET /readyz"] = unready
    portal.services.answers["GET /status"] = 503

    page = await desk.open("/operations")

    assert "non pronto" in page.text
    assert "postgres: away" in page.text
    assert "kafka: ok" not in page.text


@pytest.mark.parametrize(
    ("pressed", "method", "path", "status", "done"),
    [
        ("redrive", "POST", "/v1/dead-letters/41/redrive", 204, "redriven"),
        ("redrive", "POST", "/v1/dead-letters/41/redrive", 409, "not-applied"),
        ("discard", "DELETE", "/v1/dead-letters/41", 204, "discarded"),
        ("discard", "DELETE", "/v1/dead-letters/41", 404, "gone"),
    ],
)
async def test_a_letter_is_decided(
    portal: Portal, desk: Browser, pressed: str, method: str, *, path: str, status: int, done: str
) -> None:
    portal.services.answers[f"{method} {path}"] = status
    page = await desk.open("/operations")

    led = await desk.submit(page, "/operations/letters/journey/41", do=pressed)

    assert led.headers["location"] == f"/operations?done={done}"
    assert portal.services.callers(path) == ["Bearer operations"]
    assert (await desk.open(led.headers["location"])).status_code == 200


async def test_no_other_service_has_letters(portal: Portal, desk: Browser) -> None:
    page = await desk.open("/operations")

    answer = await desk.send(
        "/operations/letters/elsewhere/41", form=portals.mark(page), do="redrive"
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("code", ["", "no code", TRACE[:-1], "../" + TRACE])
async def test_a_trace_is_linked_to_by_its_code_alone(
    portal_database: Any, tmp_path: Any, code: str
) -> None:
    traces = "http://traces.example/"
    async with portals.running(tmp_path, portal_database, traces_url=traces) as portal:
        _answers(portal)
        async with portal.browser(await portal.operations()) as desk:
            found = await desk.open(f"/operations?code={TRACE.upper()}")
            none = await desk.http.get("/operations", params={"code": code})

    assert f'href="http://traces.example/zipkin/traces/{TRACE}"' in found.text
    assert "/zipkin/traces/" not in none.text


async def test_a_citizen_is_not_let_in(portal: Portal, browser: Browser) -> None:
    _answers(portal)

    answer = await browser.open("/operations")
    sent = await browser.send("/operations/letters/journey/41", form="x", do="redrive")

    assert answer.headers["location"] == "/operations/login"
    assert sent.headers["location"] == "/operations/login"
    assert portal.services.asked == []


async def test_operations_see_no_citizens_page(portal: Portal, desk: Browser) -> None:
    for path in ("/timeline", "/messages", "/consents", "/access-log", "/links", "/preferences"):
        assert (await desk.open(path)).headers["location"].startswith("/login")

    assert "Il tuo percorso tra i servizi pubblici" in (await desk.open("/")).text
    assert portal.services.asked == []


async def test_a_token_of_operations_opens_a_session_and_ends_the_one_before(
    portal: Portal, browser: Browser
) -> None:
    _answers(portal)
    before = browser.http.cookies[portal.cookie]

    led = await browser.send("/operations/login", token=" ey.token ")

    assert led.headers["location"] == "/operations"
    assert portal.services.callers("/v1/dead-letters") == ["Bearer ey.token"]
    assert await portal.sessions.find(before) is None
    assert "ey.token" not in led.text + str(led.headers)


@pytest.mark.parametrize("token", ["", "with blanks in it", "a\r\nX-Header: 1", "a" * 9_000])
async def test_what_is_no_token_is_asked_of_nobody(
    portal: Portal, stranger: Browser, token: str
) -> None:
    answer = await stranger.send("/operations/login", token=token)

    assert answer.status_code == 403
    assert portal.services.asked == []


@pytest.mark.parametrize("status", [401, 403])
async def test_another_token_opens_nothing(portal: Portal, stranger: Browser, status: int) -> None:
    portal.services.answers[LETTERS] = status

    answer = await stranger.send("/operations/login", token="of.a.citizen")

    assert answer.status_code == 403
    assert "non è valido" in answer.text
    assert portal.cookie not in stranger.http.cookies
