"""Makes each service's roles and database on a PostgreSQL server.

`python -m percorso.local.databases` makes those that the environment names: for each service its
two URLs, and the administrator's as `PERCORSO_POSTGRES`.
"""

import os
import re
from collections.abc import Iterator, Mapping
from typing import LiteralString, NamedTuple
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

LOCK = 0x706572636F72736F  # "percorso", so that it is nobody else's
Connection = psycopg.Connection[tuple[object, ...]]


class ServiceDatabase(NamedTuple):
    """The names and passwords of one service: the owner migrates, the application reads and writes."""

    name: str
    application: str
    application_password: str
    owner: str
    owner_password: str


def of_service(service: str, application_password: str, owner_password: str) -> ServiceDatabase:
    """Name the roles and the database of a service."""
    name = f"percorso_{service}"
    return ServiceDatabase(name, name, application_password, f"{name}_owner", owner_password)


def named(environment: Mapping[str, str]) -> Iterator[ServiceDatabase]:
    """Give the database of each service whose owner's URL is there, beside the application's."""
    for name, owner_url in sorted(environment.items()):
        if found := re.fullmatch(r"(PERCORSO_[A-Z]+_POSTGRES)_OWNER", name):
            database = urlsplit(owner_url).path.removeprefix("/")
            yield ServiceDatabase(database, *_role_of(environment[found[1]]), *_role_of(owner_url))


def create(admin_url: str, database: ServiceDatabase) -> None:
    """Make the roles and the database, or bring existing ones to this state; safe to repeat."""
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=5) as connection:
        # Released with the connection: two of us may not alter the same role at once.
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        _role(connection, database.application, database.application_password)
        _role(connection, database.owner, database.owner_password)
        _database(connection, database)
    url = with_role(admin_url, None, None, database.name)
    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        _execute(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
        _execute(connection, "GRANT USAGE ON SCHEMA public TO {}", database.application)


def with_role(url: str, role: str | None, password: str | None, database: str) -> str:
    """Give the same server's URL for another role (None: the same) and database."""
    parts = urlsplit(url)
    credentials, at, server = parts.netloc.rpartition("@")
    if role is not None:
        credentials, at = f"{role}:{quote(password or '', safe='')}", "@"
    return parts._replace(netloc=f"{credentials}{at}{server}", path=f"/{database}").geturl()


def _role_of(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


def _role(connection: Connection, role: str, password: str) -> None:
    if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
        _execute(connection, "CREATE ROLE {}", role)
    # Hashed here, so that the password itself is in no log of the server.
    verifier = connection.pgconn.encrypt_password(
        password.encode(), role.encode(), b"scram-sha-256"
    ).decode()
    statement = sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}")
    connection.execute(statement.format(sql.Identifier(role), sql.Literal(verifier)))


def _database(connection: Connection, database: ServiceDatabase) -> None:
    if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", database.name):
        # An administrator that is no superuser has to be a member of the owner to give it away.
        _execute(connection, "GRANT {} TO CURRENT_USER", database.owner)
        _execute(connection, "CREATE DATABASE {} OWNER {}", database.name, database.owner)
    _execute(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", database.name)
    # TEMPORARY: large batches go through a temporary table (design, section 6).
    grant: LiteralString = "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}"
    _execute(connection, grant, database.name, database.application)


def _exists(connection: Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _execute(connection: Connection, statement: LiteralString, *names: str) -> None:
    connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


if __name__ == "__main__":
    for each in named(os.environ):
        create(os.environ["PERCORSO_POSTGRES"], each)
