"""Migrations run in order, once, and whole or not at all."""

import importlib
import re
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import psycopg
import pytest
from psycopg import sql

from percorso.chassis import migrations, schema
from percorso.local import databases
from percorso.local import postgres as local_postgres
from tests.support.backing import numbered

PASSWORD = "for-tests-only"
MODULE = '''"""A migration."""

from percorso.chassis.migrations import run_sql

revision = "{revision}"
down_revision = {previous}


def upgrade() -> None:
    """Run the SQL file of the same name."""
    run_sql(__file__)
'''
_name = numbered("chassis")


class Package:
    """A service's package that grows one migration after another."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._versions = folder / name / "migrations" / "versions"
        self._versions.mkdir(parents=True)
        (folder / name / "__init__.py").touch()
        self._count = 0

    def add(self, statements: str) -> str:
        """Add a migration; return its number."""
        previous = f'"{self._count:04}"' if self._count else None
        self._count += 1
        number = f"{self._count:04}"
        stem = self._versions / f"{number}_pre_step"
        stem.with_suffix(".py").write_text(MODULE.format(revision=number, previous=previous))
        stem.with_suffix(".sql").write_text(statements)
        return number


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    name = f"service_{tmp_path.name}".replace("-", "_").lower()
    name = re.sub(r"[^a-z0-9_]", "", name)[:40]
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.invalidate_caches()
    yield Package(tmp_path, name)
    sys.modules.pop(name, None)


@pytest.fixture
def url(postgres_url: str) -> Iterator[str]:
    name = _name()
    made = databases.of_service(name, PASSWORD, PASSWORD)
    databases.create(postgres_url, made)
    yield databases.with_role(postgres_url, made.owner, PASSWORD, made.name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        drop = sql.SQL("DROP DATABASE {} WITH (FORCE)")
        connection.execute(drop.format(sql.Identifier(made.name)))


def rows(url: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


def test_migrations_run_in_order_and_once(package: Package, url: str) -> None:
    package.add("CREATE TABLE steps (name text);\nINSERT INTO steps VALUES ('one')")
    second = package.add("INSERT INTO steps VALUES ('two');")

    assert migrations.upgrade(package.name, url) == second
    assert migrations.upgrade(package.name, url) == second
    package.add("INSERT INTO steps VALUES ('three')")
    assert schema.head(package.name) == migrations.head(package.name) == "0003"
    migrations.upgrade(package.name, url)

    assert rows(url, "SELECT name FROM steps") == [("one",), ("two",), ("three",)]
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0003",)]


def test_sql_runs_as_it_is_written(package: Package, url: str) -> None:
    package.add("CREATE TABLE odd AS SELECT '100 % :name %s %(x)s'::text AS said, 'a:b' AS other;")

    migrations.upgrade(package.name, url)

    assert rows(url, "SELECT said FROM odd") == [("100 % :name %s %(x)s",)]


def test_a_failing_migration_leaves_nothing(package: Package, url: str) -> None:
    package.add("CREATE TABLE good (id int)")
    package.add("CREATE TABLE half (id int); SELECT 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        migrations.upgrade(package.name, url)

    assert rows(url, "SELECT version_num FROM alembic_version") == [("0001",)]
    assert rows(url, "SELECT to_regclass('good') IS NULL, to_regclass('half') IS NULL") == [
        (False, True)
    ]


def test_a_locked_table_is_not_waited_for_long(package: Package, url: str) -> None:
    package.add("CREATE TABLE busy (id int)")
    migrations.upgrade(package.name, url)
    package.add("ALTER TABLE busy ADD COLUMN more int")

    with psycopg.connect(url) as reader:
        reader.execute("LOCK TABLE busy IN ACCESS SHARE MODE")
        begun = monotonic()
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrations.upgrade(package.name, url)
        assert 3 < monotonic() - begun < 6

    migrations.upgrade(package.name, url)
    assert rows(url, "SELECT version_num FROM alembic_version") == [("0002",)]


def test_a_long_statement_is_ended(package: Package, url: str) -> None:
    package.add("SELECT pg_sleep(30)")

    with pytest.raises(psycopg.errors.QueryCanceled):
        migrations.upgrade(package.name, url)


def test_a_file_may_take_its_time(package: Package, url: str) -> None:
    package.add("SET LOCAL statement_timeout = 0; SELECT pg_sleep(5.2); CREATE TABLE slow (id int)")

    assert migrations.upgrade(package.name, url) == "0001"


def test_runs_at_the_same_time_take_turns(package: Package, url: str) -> None:
    package.add("SELECT pg_sleep(0.3); CREATE TABLE once (id int)")

    with ThreadPoolExecutor(4) as pool:
        heads = list(pool.map(lambda _: migrations.upgrade(package.name, url), range(4)))

    assert heads == ["0001"] * 4


def test_the_application_may_see_the_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres_url: str
) -> None:
    name = _name()
    made = databases.of_service(name, PASSWORD, PASSWORD)
    databases.create(postgres_url, made)
    monkeypatch.syspath_prepend(str(tmp_path))
    package = Package(tmp_path, name)
    package.add("SELECT 1")

    owner = databases.with_role(postgres_url, made.owner, PASSWORD, made.name)
    migrations.upgrade(name, owner)

    application = databases.with_role(postgres_url, made.application, PASSWORD, made.name)
    assert rows(application, "SELECT version_num FROM alembic_version") == [("0001",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        rows(application, "UPDATE alembic_version SET version_num = '9' RETURNING 1")


def test_a_server_that_is_away_is_waited_for(package: Package) -> None:
    package.add("CREATE TABLE late (id int)")
    heads: list[str] = []
    with local_postgres.throwaway() as server:
        server.stop()
        waiting = threading.Thread(
            target=lambda: heads.append(migrations.upgrade(package.name, server.address))
        )
        waiting.start()
        server.start()
        waiting.join(20)

    assert heads == ["0001"]


def test_a_package_without_migrations_is_a_mistake(package: Package) -> None:
    with pytest.raises(ValueError, match="empty"):
        schema.head(package.name)
