"""A migrated database of each service in turn."""

from collections.abc import Iterator

import pytest

from tests.support import databases
from tests.support.repository import SERVICES


@pytest.fixture(params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """Give the name of a service."""
    name: str = request.param
    return name


@pytest.fixture
def database(
    request: pytest.FixtureRequest, service: str, postgres_url: str
) -> Iterator[databases.Database]:
    """Give a migrated database of the service."""
    template: str = request.getfixturevalue(f"{service}_template")
    database = databases.copy(postgres_url, service, template)
    yield database
    databases.drop(postgres_url, database)
