"""What the database knows of the subject key: its check value, never the key."""

from asyncpg import Connection

from percorso.chassis import sql

SQL = sql.load("percorso.identity.subjects", "queries.sql")


async def kept_check_value(connection: Connection, check_value: bytes) -> bytes:
    """Return the check value of the key this database is made with: this one, if it had none."""
    await connection.execute(SQL["keep_check_value"], check_value)
    kept: bytes = await connection.fetchval(SQL["kept_check_value"])
    return kept
