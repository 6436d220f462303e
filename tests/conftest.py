"""The fixtures that all tests may ask for; what they do is in tests/support."""

import os
from collections.abc import Iterator

import pytest
from xdist.remote import Producer

from tests.support import backing, databases
from tests.support.turns import Turns, turn

# No broker of tests lives long enough to repay what Java's second compiler costs: half of its start.
os.environ.setdefault("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests in their turns."""
    items.sort(key=turn)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Turns | None:
    """Share the tests out among workers by file."""
    return Turns(config, log) if config.getoption("dist") == "loadfile" else None


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Give an administrator's URL of PostgreSQL."""
    with backing.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def kafka_address() -> Iterator[str]:
    """Give the bootstrap address of Kafka."""
    with backing.kafka() as address:
        yield address


@pytest.fixture(scope="session")
def journey_template(postgres_url: str) -> str:
    """Give the name of a migrated journey database."""
    return databases.template(postgres_url, "journey")


@pytest.fixture
def journey_database(postgres_url: str, journey_template: str) -> Iterator[databases.Database]:
    """Give a journey database of the test's own."""
    database = databases.copy(postgres_url, "journey", journey_template)
    yield database
    databases.drop(postgres_url, database)


@pytest.fixture(scope="session")
def identity_template(postgres_url: str) -> str:
    """Give the name of a migrated identity database."""
    return databases.template(postgres_url, "identity")


@pytest.fixture
def identity_database(postgres_url: str, identity_template: str) -> Iterator[databases.Database]:
    """Give an identity database of the test's own."""
    database = databases.copy(postgres_url, "identity", identity_template)
    yield database
    databases.drop(postgres_url, database)


@pytest.fixture(scope="session")
def insights_template(postgres_url: str) -> str:
    """Give the name of a migrated insights database."""
    return databases.template(postgres_url, "insights")


@pytest.fixture
def insights_database(postgres_url: str, insights_template: str) -> Iterator[databases.Database]:
    """Give an insights database of the test's own."""
    database = databases.copy(postgres_url, "insights", insights_template)
    yield database
    databases.drop(postgres_url, database)


@pytest.fixture(scope="session")
def notifications_template(postgres_url: str) -> str:
    """Give the name of a migrated notifications database."""
    return databases.template(postgres_url, "notifications")


@pytest.fixture
def notifications_database(
    postgres_url: str, notifications_template: str
) -> Iterator[databases.Database]:
    """Give a notifications database of the test's own."""
    database = databases.copy(postgres_url, "notifications", notifications_template)
    yield database
    databases.drop(postgres_url, database)


@pytest.fixture(scope="session")
def portal_template(postgres_url: str) -> str:
    """Give the name of a migrated portal database."""
    return databases.template(postgres_url, "portal")


@pytest.fixture
def portal_database(postgres_url: str, portal_template: str) -> Iterator[databases.Database]:
    """Give a portal database of the test's own."""
    database = databases.copy(postgres_url, "portal", portal_template)
    yield database
    databases.drop(postgres_url, database)
