"""A portal of the test's own, and a citizen's browser."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.portal.served import Chromium, Served, browsing, serving
from tests.support import portals
from tests.support.databases import Database
from tests.support.portals import Browser, Portal


@pytest.fixture
async def portal(portal_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """Give a portal that runs."""
    async with portals.running(tmp_path, portal_database) as portal:
        yield portal


@pytest.fixture
async def browser(portal: Portal) -> AsyncIterator[Browser]:
    """Give a browser in which a citizen has logged in."""
    async with portal.browser(await portal.citizen()) as browser:
        yield browser


@pytest.fixture
async def stranger(portal: Portal) -> AsyncIterator[Browser]:
    """Give a browser in which nobody has logged in."""
    async with portal.browser() as browser:
        yield browser


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """Give one browser for all stories; each has a window that remembers nothing of others."""
    async with browsing() as chromium:
        yield chromium


@pytest.fixture
async def served(
    portal_database: Database, tmp_path: Path, chromium: Chromium
) -> AsyncIterator[Served]:
    """Give a portal that a real browser reaches."""
    async with serving(tmp_path, portal_database, chromium) as served:
        yield served
