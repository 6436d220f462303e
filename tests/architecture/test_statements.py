"""Every named statement is valid in its service's schema, allowed to its role, and used."""

import re
from pathlib import Path

import asyncpg
import pytest

from percorso.chassis import sql
from tests.support.databases import Database
from tests.support.repository import DISTRIBUTIONS, ROOT, SERVICES, source

QUERIES = sorted(
    path for distribution in DISTRIBUTIONS for path in source(distribution).rglob("queries.sql")
)
# Which services' schemas hold the tables of a library's package.
SHARED: dict[str, set[str]] = {
    "consumption": {"identity", "insights", "journey", "notifications"},
    "outbox": {"identity", "insights", "journey", "notifications"},
    "citizens": {"identity", "insights", "journey", "notifications"},
    "accesses": {"identity", "insights", "journey"},
    "consents": {"identity", "insights"},
}
CASES = [
    (service, path)
    for service in SERVICES
    for path in QUERIES
    if path.is_relative_to(ROOT / "services" / service)
    or (not path.is_relative_to(ROOT / "services") and service in SHARED[path.parent.name])
]


@pytest.mark.parametrize(("service", "path"), CASES, ids=lambda part: getattr(part, "name", part))
async def test_every_statement_is_valid_and_allowed(path: Path, database: Database) -> None:
    statements = _statements(path)
    connection = await asyncpg.connect(database.application)

    faults = {name: await _fault(connection, text) for name, text in statements.items()}
    await connection.close()

    assert {name: fault for name, fault in faults.items() if fault} == {}


async def test_a_wrong_and_a_forbidden_statement_are_noticed(journey_database: Database) -> None:
    connection = await asyncpg.connect(journey_database.application)

    wrong = await _fault(connection, "SELECT colour FROM touchpoints WHERE subject = $1")
    forbidden = await _fault(connection, "DELETE FROM touchpoints WHERE subject = $1")
    await connection.close()

    assert wrong == 'column "colour" does not exist'
    assert forbidden == "permission denied for table touchpoints"


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.parent.name)
def test_every_statement_is_used_and_exists(path: Path) -> None:
    code = "".join(each.read_text(encoding="utf-8") for each in path.parent.glob("*.py"))
    names = _statements(path).keys()

    assert {name for name in names if f'"{name}"' not in code} == set()
    assert set(re.findall(r'SQL\["(\w+)"\]', code)) <= names


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.parent.name)
def test_every_statement_has_its_purpose_beside_it(path: Path) -> None:
    assert {name for name, text in _statements(path).items() if text[:3] != "-- "} == set()


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.parent.name)
def test_no_statement_does_what_citus_refuses(path: Path) -> None:
    text = path.read_text(encoding="utf-8").upper()

    assert "LATERAL" not in text
    assert not re.search(r"DO UPDATE[^;]*\bNOW\(\)", text)
    assert not re.search(r"\bUPDATE\b[^;]*\bSET\b((?!\bWHERE\b)[^;])*\bSUBJECT =", text)


def _statements(path: Path) -> dict[str, str]:
    return sql.split(path.read_text(encoding="utf-8"))


async def _fault(connection: asyncpg.Connection, statement: str) -> str | None:
    try:
        await connection.prepare(statement)
        # Unlike PREPARE, it also asks whether the role may do it.
        await connection.execute(f"EXPLAIN (GENERIC_PLAN) {statement}")
    except asyncpg.PostgresError as error:
        return str(error)
    return None
