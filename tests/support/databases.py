"""A database for each test, copied from one that was migrated once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
import psycopg
from asyncpg import Pool
from psycopg import sql
from pydantic import SecretStr

from percorso.chassis import migrations
from percorso.chassis import postgres as chassis_postgres
from percorso.chassis.settings import PostgresSettings
from percorso.local import databases
from tests.support.backing import numbered

_PASSWORD = "for-tests-only"
_name = numbered("test")


@dataclass(frozen=True, slots=True)
class Database:
    """One database, by the URLs of its three roles."""

    admin: str
    owner: str
    application: str

    @asynccontextmanager
    async def pool(self, size: int = 10) -> AsyncIterator[Pool]:
        """Yield a pool of the application's role."""
        # Preparing TLS costs 20 ms a connection, for a server that is on this machine.
        url = SecretStr(f"{self.application}?sslmode=disable")
        settings = PostgresSettings(postgres=url, pool_size=size)
        async with chassis_postgres.open_pool(settings, "tests") as pool:
            yield pool

    @asynccontextmanager
    async def administrator(self) -> AsyncIterator[asyncpg.Connection]:
        """Yield a connection of the server's administrator, who may do and see everything."""
        connection = await asyncpg.connect(self.admin)
        try:
            yield connection
        finally:
            await connection.close()


def template(admin_url: str, service: str) -> str:
    """Make a service's roles and a migrated database to copy; return the database's name."""
    made = databases.of_service(service, _PASSWORD, _PASSWORD)._replace(name=_name())
    databases.create(admin_url, made)
    owner = databases.with_role(admin_url, made.owner, _PASSWORD, made.name)
    migrations.upgrade(f"percorso.{service}", owner)
    return made.name


def copy(admin_url: str, service: str, template_name: str) -> Database:
    """Make a database of one test's own."""
    names, name = databases.of_service(service, _PASSWORD, _PASSWORD), _name()
    _execute(admin_url, "CREATE DATABASE {} TEMPLATE {} OWNER {}", name, template_name, names.owner)
    _execute(admin_url, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", name, names.application)
    return Database(
        admin=databases.with_role(admin_url, None, None, name),
        owner=databases.with_role(admin_url, names.owner, _PASSWORD, name),
        application=databases.with_role(admin_url, names.application, _PASSWORD, name),
    )


def drop(admin_url: str, database: Database) -> None:
    """Remove a test's database, whoever is still connected."""
    name = urlsplit(database.admin).path.removeprefix("/")
    _execute(admin_url, "DROP DATABASE {} WITH (FORCE)", name)


def _execute(admin_url: str, statement: str, *names: str) -> None:
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
