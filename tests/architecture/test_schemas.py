"""The migrated schema of each service: its picture, its migrations, and that it can be distributed."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from tests.support import schemas
from tests.support.databases import Database
from tests.support.repository import ROOT, SERVICES, source

# Tables that Citus keeps on the coordinator or copies to every node (design, section 9): links and
# shares are few, and decided one at a time; metrics and logins under way are about nobody, and web
# sessions and visitors' codes do not say whose they are. Every other table is distributed by its
# subject.
NOT_OF_CITIZENS = {
    "agencies",
    "agency_sources",
    "alembic_version",
    "consumer_offsets",
    "data_keys",
    "dead_letters",
    "link_assertions",
    "links",
    "login_attempts",
    "metric_corrections",
    "metric_minutes",
    "outbox",
    "rulesets",
    "sending_begins",
    "sessions",
    "shares",
    "subject_key",
    "taken_visitors",
    "used_assertions",
}
TABLES = """
    SELECT relname AS name, attname IS NOT NULL AS has_subject, atttypid::regtype::text AS type
    FROM pg_class
    LEFT JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'subject'
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
"""
UNIQUE_INDEXES = """
    SELECT indrelid::regclass::text AS table_name, indexrelid::regclass::text AS name,
           array(
               SELECT attname::text FROM pg_attribute
               WHERE attrelid = indrelid AND attnum = ANY (indkey)
           ) AS columns
    FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
    WHERE indisunique AND relnamespace = 'public'::regnamespace
"""
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text AS table_name, conname::text AS name,
           array(
               SELECT attname::text FROM pg_attribute
               WHERE attrelid = conrelid AND attnum = ANY (conkey)
           ) AS columns
    FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
TRIGGERS = "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal"


@pytest.fixture
async def schema(database: Database) -> AsyncIterator[asyncpg.Connection]:
    """Give a connection to a migrated database."""
    connection = await asyncpg.connect(database.admin)
    yield connection
    await connection.close()


async def test_every_table_of_citizens_is_keyed_by_subject(schema: asyncpg.Connection) -> None:
    tables = [row for row in await schema.fetch(TABLES) if row["name"] not in NOT_OF_CITIZENS]
    indexes = await schema.fetch(UNIQUE_INDEXES)

    keyed = {row["table_name"] for row in indexes if "subject" in row["columns"]}
    assert {row["name"] for row in tables if row["type"] != "uuid"} == set()
    assert {row["name"] for row in tables} <= keyed


async def test_every_unique_index_of_citizens_holds_the_subject(
    schema: asyncpg.Connection,
) -> None:
    indexes = await schema.fetch(UNIQUE_INDEXES)

    assert [
        row["name"]
        for row in indexes
        if row["table_name"] not in NOT_OF_CITIZENS and "subject" not in row["columns"]
    ] == []


async def test_foreign_keys_of_citizens_hold_the_subject(schema: asyncpg.Connection) -> None:
    keys = await schema.fetch(FOREIGN_KEYS)

    assert [
        row["name"]
        for row in keys
        if row["table_name"] not in NOT_OF_CITIZENS and "subject" not in row["columns"]
    ] == []


async def test_there_is_no_trigger(schema: asyncpg.Connection) -> None:
    assert await schema.fetch(TRIGGERS) == []


def test_the_picture_is_the_migrated_schema(service: str, database: Database) -> None:
    assert schemas.picture(database.admin) == schemas.path(service).read_text(encoding="utf-8"), (
        "run `make schema`"
    )


@pytest.mark.parametrize("service", SERVICES)
def test_migrations_are_named_and_numbered_in_order(service: str) -> None:
    scripts = _migrations(service)

    assert [path.name[:5] for path in scripts] == [
        f"{number:04}_" for number in range(1, len(scripts) + 1)
    ]
    for path in scripts:
        assert re.fullmatch(r"\d{4}_(pre|post)_[a-z0-9_]+\.py", path.name)
        assert path.with_suffix(".sql").is_file()


@pytest.mark.parametrize("service", SERVICES)
def test_every_statement_of_a_migration_stands_in_its_sql_file(service: str) -> None:
    folder = _migrations(service)[0].parent

    assert {path.stem for path in folder.glob("*.sql")} == {
        path.stem for path in _migrations(service)
    }


@pytest.mark.parametrize("service", SERVICES)
def test_each_migration_follows_the_one_before(service: str) -> None:
    before = None
    for path in _migrations(service):
        text = path.read_text(encoding="utf-8")
        assert f'revision = "{path.name[:4]}"' in text
        assert f"down_revision = {before}" in text
        before = f'"{path.name[:4]}"'


def _migrations(service: str) -> list[Path]:
    package = source(ROOT / "services" / service)
    return sorted((package / "migrations" / "versions").glob("*.py"))
