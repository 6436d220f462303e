"""The database as migrations make it: the picture is true, and every query is one."""

from importlib.resources import files

import asyncpg
import pytest
from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.identity.agencies import store as agencies
from percorso.identity.subjects import store as subjects

QUERIES = {**agencies.SQL, **subjects.SQL}


@pytest.mark.parametrize("name", QUERIES)
async def test_query_prepares(pool: Pool, name: str) -> None:
    async with transaction(pool) as connection:
        await connection.prepare(QUERIES[name])


@pytest.mark.parametrize("name", QUERIES)
def test_query_is_used(name: str) -> None:
    noun = "agencies" if name in agencies.SQL else "subjects"

    assert f'SQL["{name}"]' in files(f"percorso.identity.{noun}").joinpath("store.py").read_text()


async def test_first_check_value_stays(pool: Pool) -> None:
    async with transaction(pool) as connection:
        assert await subjects.kept_check_value(connection, b"first") == b"first"
    async with transaction(pool) as connection:
        assert await subjects.kept_check_value(connection, b"second") == b"first"


@pytest.mark.parametrize("code", ["C", "c-a", "a" * 33])
async def test_database_refuses_what_is_no_code(pool: Pool, code: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO agencies (code, links) VALUES ($1, false)", code)
