"""An office of the test's own, and a front end of it."""

from collections.abc import AsyncIterator

import pytest

from tests.integration.notifications.front import Front, front_end
from tests.integration.notifications.office import Office, office
from tests.support.databases import Database


@pytest.fixture
async def desk(notifications_database: Database) -> AsyncIterator[Office]:
    """Give notifications with a database, a mail server and a vault of the test's own."""
    async with office(notifications_database) as opened:
        yield opened


@pytest.fixture
async def front(desk: Office) -> AsyncIterator[Front]:
    """Give a front end of the office."""
    async with front_end(desk) as opened:
        yield opened
