"""What the database itself keeps and refuses."""

import asyncpg
import pytest
from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.identity.subjects import store as subjects


async def test_first_check_value_stays(pool: Pool) -> None:
    async with transaction(pool) as connection:
        assert await subjects.kept_check_value(connection, b"first") == b"first"
    async with transaction(pool) as connection:
        assert await subjects.kept_check_value(connection, b"second") == b"first"


@pytest.mark.parametrize("code", ["C", "c-a", "a" * 33])
async def test_database_refuses_what_is_no_code(pool: Pool, code: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("INSERT INTO agencies (code, links) VALUES ($1, false)", code)
