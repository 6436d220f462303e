"""Fixtures of identity's tests: a database of each test's own."""

from collections.abc import AsyncIterator, Iterator

import pytest
from asyncpg import Pool

from tests.support import databases


@pytest.fixture(scope="session")
def identity_template(postgres_url: str) -> str:
    """Give the name of a migrated identity database."""
    return databases.template(postgres_url, "identity")


@pytest.fixture
def database(postgres_url: str, identity_template: str) -> Iterator[databases.Database]:
    """Give an identity database of the test's own."""
    database = databases.copy(postgres_url, "identity", identity_template)
    yield database
    databases.drop(postgres_url, database)


@pytest.fixture
async def pool(database: databases.Database) -> AsyncIterator[Pool]:
    """Give a pool of the application's role."""
    async with database.pool() as pool:
        yield pool
