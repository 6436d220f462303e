"""The pages in Chromium: axe, narrow and enlarged windows, the keyboard alone, no JavaScript, the stream."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from percorso.local.ports import free_port
from percorso.portal.sessions.session import Session
from tests.integration.portal import states
from tests.integration.portal.states import CITIZENS, EVERYBODYS, ID, LONG, Answers
from tests.support import browsers, portals, wires
from tests.support.browsers import NARROW, WIDE, ZOOMED
from tests.support.databases import Database
from tests.support.portals import Portal, a_page, an_item

pytestmark = pytest.mark.timeout(300)

SIZES = {"wide": WIDE, "320 px": NARROW, "200 %": ZOOMED}


@dataclass(frozen=True, slots=True)
class Served:
    """A portal that a browser can reach."""

    portal: Portal

    async def show(
        self, story: Callable[[Page], None], session: Session | None = None, **options: Any
    ) -> None:
        """Tell a story in a window, in which somebody may have logged in; in a thread of its own."""
        await asyncio.to_thread(self._show, story, session, options)

    def _show(
        self, story: Callable[[Page], None], session: Session | None, options: dict[str, Any]
    ) -> None:
        with (
            browsers.browsing() as browser,
            browsers.window(browser, base_url=self.portal.url, **options) as window,
        ):
            if session is not None:
                window.add_cookies(
                    [
                        {
                            "name": self.portal.cookie,
                            "value": session.secret.text,
                            "url": self.portal.url,
                            "httpOnly": True,
                        }
                    ]
                )
            story(window.new_page())


@pytest.fixture
async def served(portal_database: Database, tmp_path: Path) -> AsyncIterator[Served]:
    """Give a portal on a port."""
    browsers.program()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        portals.running(tmp_path, portal_database, url=url) as portal,
        wires.listening(portal.app, port),
    ):
        yield Served(portal)


def _faults(page: Page, paths: tuple[str, ...]) -> list[str]:
    """Return what is wrong with pages: found by axe, or wider than the window."""
    found = []
    for path in paths:
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("each => each.open = true")
        found += [f"{path}: {fault}" for fault in browsers.violations(page)]
        found += [f"{path}: too wide"] if browsers.overflow(page) > 0 else []
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    "answers",
    [states.full(), states.full(LONG, LONG[:60]), states.empty(), {}],
    ids=["full", "long text", "empty", "away"],
)
async def test_axe_finds_nothing_and_nothing_is_cut_off(
    served: Served, size: str, answers: Answers
) -> None:
    served.portal.services.answers |= answers
    faults: list[str] = []

    await served.show(
        lambda page: faults.extend(_faults(page, CITIZENS)),
        await served.portal.citizen(),
        size=SIZES[size],
    )

    assert faults == []


@pytest.mark.parametrize("size", SIZES)
async def test_pages_for_everybody_and_for_operations_too(served: Served, size: str) -> None:
    served.portal.services.answers |= states.operations()
    faults: list[str] = []

    await served.show(lambda page: faults.extend(_faults(page, EVERYBODYS)), size=SIZES[size])
    await served.show(
        lambda page: faults.extend(_faults(page, ("/operations", "/operations?code=none"))),
        await served.portal.operations(),
        size=SIZES[size],
    )

    assert faults == []


async def test_axe_finds_nothing_in_forms_that_were_refused_or_done(served: Served) -> None:
    served.portal.services.answers |= states.full()
    faults: list[str] = []

    def check(page: Page) -> None:
        faults.extend(browsers.violations(page))

    def story(page: Page) -> None:
        page.goto("/preferences")
        page.locator("#begin").fill("08:00")
        page.get_by_role("button", name="Salva le preferenze").click()
        expect(page.get_by_text("le due ore devono essere diverse")).to_be_visible()
        check(page)
        page.goto("/timeline?since=soon&service=tari")
        check(page)
        for path in ("/suggestions?done=later", "/links?undone=1", "/preferences?kept=1"):
            page.goto(path)
            check(page)
        page.goto("/codes")
        page.locator("#code").fill("AB12")
        page.get_by_role("button", name="Verifica").click()
        expect(page.get_by_text("Sì, questo messaggio è nostro.")).to_be_visible()
        check(page)

    await served.show(story, await served.portal.citizen())

    assert faults == []


async def test_axe_would_find_something(served: Served) -> None:
    found: list[str] = []

    def story(page: Page) -> None:
        page.goto("/codes")
        page.evaluate("document.querySelector('label').remove()")
        found.extend(browsers.violations(page))

    await served.show(story)

    assert any(fault.startswith("label:") for fault in found)


async def test_the_keyboard_alone_reaches_everything_and_shows_where_it_is(served: Served) -> None:
    served.portal.services.answers |= states.full() | {
        f"POST /v1/suggestions/{ID}/reactions": {"id": ID, "state": "followed"}
    }
    hidden: list[str] = []

    def story(page: Page) -> None:
        for path in CITIZENS:
            page.goto(path)
            hidden.extend(browsers.hidden_focus(page))
        page.goto("/suggestions")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Vai al contenuto")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Mi interessa", exact=False).first).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/suggestions/{ID}")

    # Without motion the ring is there at once.
    await served.show(story, await served.portal.citizen(), reduced_motion="reduce")

    assert hidden == [], hidden


async def test_everything_works_without_javascript(served: Served) -> None:
    receipt = {"id": ID, "purpose": "proactive-suggestions", "channel": "any", "given": False}
    more = {"version": 2, "decided_at": "2026-05-04T10:00:00Z", "text_version": 1}
    served.portal.services.answers |= states.full() | {
        "PUT /v1/consents/me/proactive-suggestions/any": receipt | more
    }

    def story(page: Page) -> None:
        page.goto("/timeline")
        expect(page.get_by_text("La tua domanda è stata registrata")).not_to_have_count(0)
        expect(page.locator("#live")).to_be_hidden()
        page.get_by_role("button", name="English").click()
        expect(page.get_by_role("heading", name="My contacts")).to_be_visible()
        page.get_by_role("link", name="Consents").click()
        page.get_by_role("button", name="Allow no more").click()
        expect(page.get_by_role("heading", name="Receipt of your decision")).to_be_visible()
        page.get_by_role("button", name="Log out").click()
        expect(page.get_by_text("You have logged out")).to_be_visible()

    await served.show(story, await served.portal.citizen(), java_script_enabled=False)


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
        page.goto("/timeline")
        expect(page.get_by_text("Questa pagina si aggiorna da sola.")).to_be_visible()
        ended = asyncio.run_coroutine_threadsafe(served.portal.sessions.end(session), stream.loop)
        ended.result(10)
        stream.tell()
        # The browser comes back after some seconds, is refused, and asks for the page some later.
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
        expect(page.locator("#timeline a").first).to_be_focused()
        page.get_by_role("link", name="Mostra").click()
        expect(page.get_by_role("heading", name="La tua domanda è stata decisa")).to_be_visible()

    await served.show(story, await served.portal.citizen())
