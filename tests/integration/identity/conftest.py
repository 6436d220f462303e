"""Fixtures of identity's tests: a database of each test's own."""

from collections.abc import AsyncIterator

import pytest
from asyncpg import Pool

from tests.support.databases import Database


@pytest.fixture
def database(identity_database: Database) -> Database:
    """Give an identity database of the test's own."""
    return identity_database


@pytest.fixture
async def pool(database: Database) -> AsyncIterator[Pool]:
    """Give a pool of the application's role."""
    async with database.pool() as pool:
        yield pool
