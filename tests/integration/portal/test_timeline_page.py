"""The page of my timeline: what journey gives, in words, and what is shown when it gives nothing."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from tests.support.portals import Browser, Portal, a_page, an_item
from tests.support.waiting import until

MINE = "GET /v1/timelines/me"
STREAM = "GET /v1/timelines/me/stream"
SERVICES = {
    "version": "1",
    "items": [{"code": "cambio-residenza", "name": {"it": "Cambio di residenza", "en": "Moving"}}],
    "next_cursor": None,
}


async def test_a_touchpoint_is_told_in_words(portal: Portal, browser: Browser) -> None:
    portal.services.answers |= {MINE: a_page(an_item()), "GET /v1/services": SERVICES}

    page = await browser.open("/timeline")

    for words in (
        "Maggio 2026",
        "AN/2026/123",
        "Comune",
        "La tua domanda è stata registrata",
        "4 mag, 12:00",
        "Sportello",
        "Cambio di residenza",
        "2026/44871",
    ):
        assert words in page.text
    assert '<html lang="it">' in page.text


async def test_the_other_language_stays_until_it_is_changed(
    portal: Portal, browser: Browser
) -> None:
    portal.services.answers |= {MINE: a_page(an_item()), "GET /v1/services": SERVICES}
    page = await browser.open("/timeline?agency=c_a182")

    led = await browser.submit(page, "/language")
    page = await browser.open(led.headers["location"])

    assert led.headers["location"] == "/timeline?agency=c_a182"
    assert '<html lang="en">' in page.text
    assert "Your application was registered" in page.text
    assert "Moving" in page.text
    assert "May 2026" in page.text


async def test_filters_and_the_cursor_reach_journey_as_they_were_chosen(
    portal: Portal, browser: Browser
) -> None:
    portal.services.answers[MINE] = a_page(an_item(), next_cursor="abc")

    page = await browser.open("/timeline?agency=c_a182&since=2026-05-01&cursor=xyz")

    asked = dict(portal.services.asked[-1].query_params)
    assert asked == {
        "limit": "50",
        "cursor": "xyz",
        "agency": "c_a182",
        "from": "2026-05-01T00:00:00+02:00",
    }
    assert "/timeline?agency=c_a182&amp;since=2026-05-01&amp;cursor=abc" in page.text


async def test_a_cursor_of_another_timeline_leads_to_the_first_page(
    portal: Portal, browser: Browser
) -> None:
    async def refusing(_: Request) -> Response:
        return JSONResponse({"type": "urn:percorso:problem:invalid-cursor"}, 422)

    portal.services.answers[MINE] = refusing

    answer = await browser.open("/timeline?agency=c_a182&cursor=of-somebody-else")

    assert answer.headers["location"] == "/timeline?agency=c_a182"


async def test_an_empty_timeline_says_so_and_so_do_filters_that_leave_nothing(
    portal: Portal, browser: Browser
) -> None:
    portal.services.answers[MINE] = a_page()

    assert "Non c&#39;è ancora nessun contatto" in (await browser.open("/timeline")).text
    assert "Nessun contatto corrisponde" in (await browser.open("/timeline?service=tari")).text
    assert "Scrivi un giorno" in (await browser.open("/timeline?since=soon")).text


async def test_a_timeline_that_is_behind_says_so(portal: Portal, browser: Browser) -> None:
    portal.services.answers[MINE] = a_page(an_item(), freshness_ms=120_000)

    assert "Stiamo ancora ricevendo" in (await browser.open("/timeline")).text


@pytest.mark.parametrize("answer", [503, 500, 429, {"unexpected": True}, 418])
async def test_while_journey_is_away_the_page_says_so_and_the_first_page_works(
    portal: Portal, browser: Browser, answer: object
) -> None:
    portal.services.answers[MINE] = answer  # type: ignore[assignment] # each is an Answer

    page, home = await browser.open("/timeline"), await browser.open("/")

    if answer != 418:
        assert page.status_code == 503
        assert page.headers["retry-after"]
        assert home.status_code == 200
        assert "non si possono leggere in questo momento" in home.text
    else:
        assert page.status_code == 409


async def test_a_service_that_hangs_holds_no_page_for_long(
    portal: Portal, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hanging(_: Request) -> Response:
        await asyncio.sleep(3_600)
        raise AssertionError

    monkeypatch.setattr("percorso.portal.apis.calls.DEADLINE_S", 0.2)
    portal.services.answers[MINE] = hanging

    async with asyncio.timeout(20):
        assert (await browser.open("/timeline")).status_code == 503


async def test_the_stream_says_that_there_is_news_and_not_what(
    portal: Portal, browser: Browser
) -> None:
    async def streaming(_: Request) -> Response:
        async def events() -> object:
            yield b": heartbeat\n\n"
            yield b'event: touchpoint\ndata: {"touchpoint": {"text": "private"}}\n\n'

        return StreamingResponse(events(), media_type="text/event-stream")  # type: ignore[arg-type] # bytes

    portal.services.answers[STREAM] = streaming

    stream = await browser.open("/timeline/stream")

    assert stream.headers["content-type"].startswith("text/event-stream")
    assert stream.text == ": heartbeat\n\nevent: touchpoint\ndata: new\n\n"
    assert portal.services.callers("/v1/timelines/me/stream") == ["Bearer citizen"]


async def test_whoever_is_no_citizen_hears_nothing(portal: Portal, stranger: Browser) -> None:
    async with portal.browser(await portal.operations()) as operations:
        answers = [await each.open("/timeline/stream") for each in (stranger, operations)]

    assert [(answer.status_code, answer.text) for answer in answers] == [(204, "")] * 2
    assert portal.services.asked == []


async def test_the_stream_ends_with_its_session(portal: Portal) -> None:
    more = asyncio.Event()

    async def streaming(_: Request) -> Response:
        async def events() -> object:
            yield b": heartbeat\n\n"
            await more.wait()
            yield b"event: touchpoint\ndata: {}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")  # type: ignore[arg-type] # bytes

    portal.services.answers[STREAM] = streaming
    session = await portal.citizen()
    async with portal.browser(session) as browser:
        following = asyncio.create_task(browser.open("/timeline/stream"))
        await until(lambda: bool(portal.services.asked))
        await portal.sessions.end(session)
        more.set()
        stream = await following

    assert "touchpoint" not in stream.text


async def test_open_streams_end_when_the_process_stops(portal: Portal, browser: Browser) -> None:
    async def streaming(_: Request) -> Response:
        async def events() -> object:
            yield b": heartbeat\n\n"
            await asyncio.sleep(3_600)

        return StreamingResponse(events(), media_type="text/event-stream")  # type: ignore[arg-type] # bytes

    portal.services.answers[STREAM] = streaming
    following = asyncio.create_task(browser.open("/timeline/stream"))
    await until(lambda: bool(portal.services.asked))

    portal.parts.on_stop()

    async with asyncio.timeout(10):
        assert (await following).status_code == 200


async def test_while_journey_is_away_there_is_no_stream(portal: Portal, browser: Browser) -> None:
    assert (await browser.open("/timeline/stream")).status_code == 503
