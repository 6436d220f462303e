"""The throw-away PostgreSQL and Kafka: real, on loopback, and back after every fault."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from percorso.local import databases, kafka, ports, postgres
from percorso.local.databases import ServiceDatabase
from percorso.local.processes import TETHER
from percorso.local.throwaway import Throwaway
from tests.integration.local.support import listening, until

pytestmark = pytest.mark.timeout(120)

PARENT = f"""
import subprocess, sys, time
child = subprocess.Popen({list(TETHER)!r} + ["sleep", "60"])
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Throwaway]:
    with postgres.throwaway() as started:
        yield started


@pytest.fixture(scope="module")
def broker() -> Iterator[Throwaway]:
    with kafka.throwaway() as started:
        yield started


@pytest.fixture
def database(server: Throwaway) -> ServiceDatabase:
    made = databases.of_service("journey", "application's", "owner's")
    databases.create(server.address, made)
    return made


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        row = cursor.fetchone() if cursor.description else None
        return row and row[0]


def test_postgres_keeps_what_was_committed_when_it_is_killed(server: Throwaway) -> None:
    ask(server.address, "CREATE TABLE IF NOT EXISTS kept AS SELECT 1")

    server.restart()

    assert ask(server.address, "SELECT count(*) FROM kept") == 1


def test_postgres_starts_over_the_leftovers_of_a_killed_one(server: Throwaway) -> None:
    server.pause()
    server.kill()
    server.start()

    assert ask(server.address, "SELECT 1") == 1


def test_postgres_starts_although_its_old_process_number_is_somebody_elses(
    server: Throwaway,
) -> None:
    server.kill()
    lock = Path(str(server.log)).with_name("data") / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join([str(psutil.Process().ppid()), *lines[1:]]) + "\n")

    server.start()

    assert ask(server.address, "SELECT 1") == 1


def test_a_frozen_postgres_goes_on_afterwards(server: Throwaway) -> None:
    server.pause()
    answered = postgres.answers(server.address)
    server.resume()

    assert not answered
    assert ask(server.address, "SELECT 1") == 1


def test_postgres_is_recent_and_not_run_by_root(server: Throwaway) -> None:
    assert str(ask(server.address, "SHOW server_version")).startswith("18.")
    assert psutil.Process(server.pid).uids().effective != 0


def test_postgres_listens_on_loopback_only(server: Throwaway) -> None:
    assert set(listening([server.pid]).values()) == {"127.0.0.1"}
    assert ask(server.address, "SHOW unix_socket_directories") == ""


def test_postgres_asks_for_the_password(server: Throwaway) -> None:
    without = databases.with_role(server.address, "postgres", "wrong", "postgres")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(without)


def test_databases_are_made_again_without_harm(server: Throwaway) -> None:
    made = databases.of_service("identity", "first", "first")
    databases.create(server.address, made)
    changed = made._replace(application_password="second")

    databases.create(server.address, changed)

    url = databases.with_role(server.address, changed.application, "second", changed.name)
    assert ask(url, "SELECT current_user") == "percorso_identity"


def test_databases_are_made_of_what_the_environment_names(server: Throwaway) -> None:
    named = databases.of_service("example", "application's", "owner's/@")
    urls = {
        "PERCORSO_EXAMPLE_POSTGRES": (named.application, named.application_password),
        "PERCORSO_EXAMPLE_POSTGRES_OWNER": (named.owner, named.owner_password),
    }
    given = {
        name: databases.with_role(server.address, *role, named.name) for name, role in urls.items()
    }
    environment = {**os.environ, "PERCORSO_POSTGRES": server.address, **given}

    command = [sys.executable, "-P", "-m", "percorso.local.databases"]
    subprocess.run(command, env=environment, check=True)

    owner = given["PERCORSO_EXAMPLE_POSTGRES_OWNER"]
    assert ask(given["PERCORSO_EXAMPLE_POSTGRES"], "SELECT current_user") == named.application
    assert ask(owner, "CREATE TABLE made AS SELECT 1") is None


def test_the_application_role_owns_nothing_and_makes_no_table(
    server: Throwaway, database: ServiceDatabase
) -> None:
    names, password = database, database.application_password
    url = databases.with_role(server.address, names.application, password, names.name)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(url, "CREATE TABLE mine (number int)")
    ask(url, "CREATE TEMPORARY TABLE passing (number int)")


def test_the_owner_makes_tables(server: Throwaway, database: ServiceDatabase) -> None:
    names, password = database, database.owner_password
    url = databases.with_role(server.address, names.owner, password, names.name)

    ask(url, "CREATE TABLE IF NOT EXISTS ours (number int)")

    assert ask(url, "SELECT count(*) FROM ours") == 0


def test_a_role_enters_no_other_services_database(
    server: Throwaway, database: ServiceDatabase
) -> None:
    other = databases.of_service("identity", "first", "first")
    databases.create(server.address, other)
    password = database.application_password
    url = databases.with_role(server.address, database.application, password, other.name)

    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url)


def test_an_administrator_who_is_no_superuser_is_enough(server: Throwaway) -> None:
    ask(server.address, "CREATE ROLE clerk LOGIN CREATEROLE CREATEDB PASSWORD 'c'")
    clerk = databases.with_role(server.address, "clerk", "c", "postgres")
    made = databases.of_service("clerks", "a", "o")

    databases.create(clerk, made)
    databases.create(clerk, made)

    url = databases.with_role(server.address, made.application, "a", made.name)
    assert ask(url, "SELECT 1") == 1


def test_kafka_comes_back_on_the_same_port_when_it_is_killed(broker: Throwaway) -> None:
    killed = broker.pid

    broker.restart()

    assert broker.pid != killed
    assert ports.answers(int(broker.address.rpartition(":")[2]))


def test_kafka_listens_on_loopback_only(broker: Throwaway) -> None:
    assert set(listening([broker.pid]).values()) == {"127.0.0.1"}


def test_a_tethered_process_dies_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    until(lambda: child.name() == "sleep", 5)

    with parent:
        parent.kill()

    until(lambda: not child.is_running(), 5)
