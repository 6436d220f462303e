"""The pages in Chromium while something happens: what is new, a session that ends, the way back."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tests.integration.portal import states
from tests.integration.portal.served import Served
from tests.support import browsers
from tests.support.portals import a_page, an_item

pytestmark = pytest.mark.timeout(300)


async def test_after_the_logout_the_back_button_shows_nobodys_page(served: Served) -> None:
    served.portal.services.answers |= states.full("Solo per chi è dentro")

    def story(page: Page) -> None:
        page.goto("/messages")
        page.goto("/timeline")
        expect(page.get_by_text("Solo per chi è dentro").first).to_be_visible()
        page.get_by_role("button", name="Esci").click()
        page.wait_for_url("**/login?left=1")
        for _ in range(3):
            page.go_back()
            expect(page.get_by_text("Solo per chi è dentro")).to_have_count(0)

    await served.show(story, await served.portal.citizen())


class Stream:
    """Journey's stream, in which something is new whenever a test says so."""

    def __init__(self) -> None:
        self.news: asyncio.Queue[None] = asyncio.Queue()
        self.loop = asyncio.get_running_loop()

    def tell(self) -> None:
        """Say that something is new; from the thread of the browser."""
        self.loop.call_soon_threadsafe(self.news.put_nowait, None)

    async def __call__(self, _: Request) -> Response:
        """Answer."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[bytes]:
        yield b": heartbeat\n\n"
        while True:
            await self.news.get()
            yield b"event: touchpoint\ndata: {}\n\n"


async def test_what_is_new_appears_by_itself(served: Served) -> None:
    stream, answers = Stream(), served.portal.services.answers
    answers |= {"GET /v1/timelines/me": a_page(an_item()), "GET /v1/timelines/me/stream": stream}
    newer = an_item(id="2", type="eu.percorso.application.decided.v1")

    def story(page: Page) -> None:
        page.goto("/timeline")
        expect(page.get_by_text("Questa pagina si aggiorna da sola.")).to_be_visible()
        page.evaluate("window.same = true")
        answers["GET /v1/timelines/me"] = a_page(newer, an_item())
        stream.tell()
        expect(page.get_by_role("heading", name="La tua domanda è stata decisa")).to_be_visible()
        expect(page.get_by_role("status")).to_have_text("C'è qualcosa di nuovo.")
        assert page.evaluate("window.same")
        assert browsers.violations(page) == []

    await served.show(story, await served.portal.citizen())


async def test_an_open_page_whose_session_ends_goes_to_the_login(served: Served) -> None:
    stream = Stream()
    served.portal.services.answers |= {
        "GET /v1/timelines/me": a_page(an_item()),
        "GET /v1/timelines/me/stream": stream,
    }
    session = await served.portal.citizen()

    def story(page: Page) -> None:
        page.clock.install()
        page.goto("/timeline")
        expect(page.get_by_text("Questa pagina si aggiorna da sola.")).to_be_visible()
        ended = asyncio.run_coroutine_threadsafe(served.portal.sessions.end(session), stream.loop)
        ended.result(10)
        # The browser comes back after some seconds, is refused, and asks for the page 15 s later.
        with page.expect_response("**/stream"):
            stream.tell()
        page.clock.fast_forward(15_000)
        page.wait_for_url("**/login?return_to=%2Ftimeline", timeout=60_000)

    await served.show(story, session)


async def test_whoever_reads_by_keyboard_is_asked_and_not_disturbed(served: Served) -> None:
    stream, answers = Stream(), served.portal.services.answers
    answers |= {"GET /v1/timelines/me": a_page(an_item()), "GET /v1/timelines/me/stream": stream}
    newer = an_item(id="2", type="eu.percorso.application.decided.v1")

    def story(page: Page) -> None:
        page.goto("/timeline")
        expect(page.get_by_text("Questa pagina si aggiorna da sola.")).to_be_visible()
        page.locator("#timeline a").first.focus()
        answers["GET /v1/timelines/me"] = a_page(newer, an_item())
        stream.tell()
        expect(page.get_by_role("link", name="Mostra")).to_be_visible()
        assert browsers.violations(page) == []
        expect(page.locator("#timeline a").first).to_be_focused()
        page.get_by_role("link", name="Mostra").click()
        expect(page.get_by_role("heading", name="La tua domanda è stata decisa")).to_be_visible()

    await served.show(story, await served.portal.citizen())
