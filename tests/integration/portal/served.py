"""A portal that a real browser reaches, and windows of that browser."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from percorso.local.ports import free_port
from percorso.portal.sessions.session import Session
from tests.support import browsers, portals, wires
from tests.support.databases import Database
from tests.support.portals import Portal

TRACES = "http://traces.example"


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


@asynccontextmanager
async def serving(folder: Path, database: Database) -> AsyncIterator[Served]:
    """Serve a portal on a port, with everything that settings can show."""
    browsers.program()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"url": url, "traces_url": TRACES, "site_agency": "c_a182"}
    async with (
        portals.running(folder, database, **settings) as portal,
        wires.listening(portal.app, port),
    ):
        yield Served(portal)
