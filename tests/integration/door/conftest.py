"""Fixtures of the door's tests: one identity for all, and the records that a test adds."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.support import databases, identities, records
from tests.support.identities import Identity
from tests.support.records import Records


@pytest.fixture(scope="session")
def door_database(postgres_url: str, identity_template: str) -> Iterator[databases.Database]:
    """Give one identity database for all tests of the door."""
    database = databases.copy(postgres_url, "identity", identity_template)
    yield database
    databases.drop(postgres_url, database)


@pytest.fixture(scope="session")
async def door(
    door_database: databases.Database,
    kafka_address: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Identity]:
    """Give an identity that is ready, with the agency c_a182."""
    folder = tmp_path_factory.mktemp("door")
    async with identities.running(folder, door_database, kafka_address) as identity:
        yield identity


@pytest.fixture
async def topic(door: Identity, kafka_address: str) -> AsyncIterator[Records]:
    """Give what a test adds to the topic."""
    async with records.from_now(kafka_address) as added:
        yield added
