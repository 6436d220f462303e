"""Sits in journey's database and notes what must not happen there: a stored offset that goes back."""

import asyncio

import asyncpg

from percorso.local import databases, postgres
from tests.chaos.stack import Stack

OUTBOX_LOOKS, OUTBOX_LOOK_S = 100, 0.3
_INSTALL = """
CREATE TABLE chaos_regressions (partition integer, was bigint, became bigint);
CREATE FUNCTION chaos_note_regression() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO chaos_regressions VALUES (OLD.partition, OLD.next_offset, NEW.next_offset);
    RETURN NULL;
END
$$;
CREATE TRIGGER chaos_regressions AFTER UPDATE ON consumer_offsets
FOR EACH ROW WHEN (NEW.next_offset < OLD.next_offset)
EXECUTE FUNCTION chaos_note_regression();
"""


async def install(stack: Stack) -> None:
    """Begin to note."""
    connection = await connect(stack, "journey")
    try:
        await connection.execute(_INSTALL)
    finally:
        await connection.close()


async def regressions(stack: Stack) -> list[str]:
    """Return every time that a partition's stored offset went back."""
    connection = await connect(stack, "journey")
    try:
        rows = await connection.fetch("SELECT partition, was, became FROM chaos_regressions")
    finally:
        await connection.close()
    return [f"partition {part}: {was} became {became}" for part, was, became in rows]


async def outbox_emptied(stack: Stack) -> bool:
    """Wait until identity has published every fact of a link; False if it does not come to that."""
    connection = await connect(stack, "identity")
    try:
        for _ in range(OUTBOX_LOOKS):
            if not await connection.fetchval("SELECT count(*) FROM outbox"):
                return True
            await asyncio.sleep(OUTBOX_LOOK_S)
    finally:
        await connection.close()
    return False


async def connect(stack: Stack, service: str) -> asyncpg.Connection:
    """Connect to a service's database as the administrator."""
    password = (stack.home / "secrets" / "postgres.password").read_text(encoding="utf-8")
    port = int(stack.addresses["postgres"].rpartition(":")[2].partition("/")[0])
    url = postgres.admin_url(port, password)
    return await asyncpg.connect(databases.with_role(url, None, None, f"percorso_{service}"))
