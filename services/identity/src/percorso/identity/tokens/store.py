"""Which client assertions were used: each is good once, whichever process of identity sees it."""

from datetime import UTC, datetime

from asyncpg import Connection

from percorso.chassis import sql
from percorso.identity.tokens.client_assertions import Assertion

SQL = sql.load("percorso.identity.tokens", "queries.sql")


async def use(connection: Connection, assertion: Assertion, now: datetime) -> bool:
    """Use the assertion up; False if it was used before. Needs a transaction."""
    await connection.execute(SQL["forget_assertions"], now)
    forgotten_at = datetime.fromtimestamp(assertion.forgotten_at, UTC)
    used = await connection.fetchval(
        SQL["use_assertion"], assertion.service, assertion.jti, forgotten_at
    )
    return used is not None
