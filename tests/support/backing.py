"""PostgreSQL and Kafka for tests: given addresses, else containers, else the embedded ones."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from percorso.local import kafka as local_kafka
from percorso.local import postgres as local_postgres


@contextmanager
def postgres() -> Iterator[str]:
    """Yield an administrator's URL of a server that tests may fill."""
    if given := os.environ.get("PERCORSO_POSTGRES"):
        yield given
    elif containers_answer():
        from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415 - slow

        with PostgresContainer("postgres:18-alpine", driver=None) as container:
            yield container.get_connection_url()
    else:
        with local_postgres.throwaway() as server:
            yield server.address


@contextmanager
def kafka() -> Iterator[str]:
    """Yield the bootstrap address of a broker that tests may fill."""
    if given := os.environ.get("PERCORSO_KAFKA"):
        yield given
    elif containers_answer():
        from testcontainers.community.kafka import KafkaContainer  # noqa: PLC0415 - slow

        with KafkaContainer("confluentinc/cp-kafka:8.0.0").with_kraft() as container:
            yield container.get_bootstrap_server()
    else:
        with local_kafka.throwaway() as broker:
            yield broker.address


def containers_answer() -> bool:
    """Say whether a container engine answers here."""
    # A refused connection to a socket that does not exist would be left unclosed by the library.
    if "DOCKER_HOST" not in os.environ and not Path("/var/run/docker.sock").exists():
        return False
    import docker  # noqa: PLC0415 - slow, and seldom needed

    try:
        docker.from_env(timeout=2).ping()
    except (docker.errors.DockerException, OSError):
        return False
    return True


def numbered(prefix: str) -> Callable[[], str]:
    """Return a maker of names that differ within this run."""
    count = iter(range(1_000_000))
    return lambda: f"{prefix}_{os.getpid()}_{next(count)}"
