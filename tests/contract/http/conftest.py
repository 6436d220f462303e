"""Both services, on sockets, for the tests of their HTTP."""

from collections.abc import Iterator

import pytest

from tests.support import databases, systems
from tests.support.systems import Databases, System


@pytest.fixture(scope="session")
def system(
    postgres_url: str,
    kafka_address: str,
    identity_template: str,
    journey_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    """Give both services, ready, with the agency c_a182."""
    own = Databases(
        databases.copy(postgres_url, "identity", identity_template),
        databases.copy(postgres_url, "journey", journey_template),
    )
    with systems.serving(tmp_path_factory.mktemp("system"), own, kafka_address) as system:
        yield system
    for database in (own.identity, own.journey):
        databases.drop(postgres_url, database)
