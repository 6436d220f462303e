"""Fixtures of the login's tests: a database of each test's own, and a clock to set."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Pool

from percorso.chassis.testing import FakeClock
from tests.support.databases import Database


@pytest.fixture
async def pool(identity_database: Database) -> AsyncIterator[Pool]:
    """Give a pool of the application's role."""
    async with identity_database.pool() as pool:
        yield pool


@pytest.fixture
def clock() -> FakeClock:
    """Give the clock of everybody."""
    return FakeClock()
