"""A portal that a real browser reaches, and windows of that browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from percorso.local.ports import free_port
from percorso.portal.sessions.session import Session
from tests.support import browsers, portals, wires
from tests.support.databases import Database
from tests.support.portals import Portal

TRACES = "http://traces.example"


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser, and the thread that started it, in which alone it obeys."""

    browser: Browser
    thread: ThreadPoolExecutor


@asynccontextmanager
async def browsing() -> AsyncIterator[Chromium]:
    """Run a browser for many stories: to start one takes longer than most of them."""
    browsers.program()
    loop, running = asyncio.get_running_loop(), ExitStack()
    with ThreadPoolExecutor(max_workers=1) as thread:
        starting = loop.run_in_executor(thread, running.enter_context, browsers.browsing())
        try:
            yield Chromium(await starting, thread)
        finally:
            await loop.run_in_executor(thread, running.close)


@dataclass(frozen=True, slots=True)
class Served:
    """A portal that a browser can reach."""

    portal: Portal
    chromium: Chromium

    async def show(
        self, story: Callable[[Page], None], session: Session | None = None, **options: Any
    ) -> None:
        """Tell a story in a window of its own, in which somebody may have logged in."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self.chromium.thread, self._show, story, session, options)

    def _show(
        self, story: Callable[[Page], None], session: Session | None, options: dict[str, Any]
    ) -> None:
        browser = self.chromium.browser
        with browsers.window(browser, base_url=self.portal.url, **options) as window:
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


@asynccontextmanager
async def serving(folder: Path, database: Database, chromium: Chromium) -> AsyncIterator[Served]:
    """Serve a portal on a port, with everything that settings can show."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"url": url, "traces_url": TRACES, "site_agency": "c_a182"}
    async with (
        portals.running(folder, database, **settings) as portal,
        wires.listening(portal.app, port),
    ):
        yield Served(portal, chromium)
