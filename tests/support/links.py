"""Links between subjects in identity's database, and turns of one citizen."""

from uuid import UUID

from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.citizens.sets import Subject
from percorso.identity.links import store
from percorso.identity.links.assertions import Asserter, Assertion, Proof, ordered

BY = Asserter("agency:c_a182", Proof.AGENCY)


async def link(pool: Pool, one: UUID, other: UUID) -> UUID:
    """Make two subjects one citizen; return the link."""
    pair = ordered(Subject(one, is_person=True), Subject(other, is_person=False))
    async with transaction(pool) as connection:
        return await store.add(connection, Assertion(*pair, BY, "1"))


async def unlink(pool: Pool, link_id: UUID) -> None:
    """Undo a link."""
    async with transaction(pool) as connection:
        kept = await store.find(connection, link_id)
        assert kept is not None
        await store.remove(connection, kept, BY.name)


async def someone_waits(pool: Pool) -> bool:
    """Say whether a transaction waits for another one's turn."""
    waiting = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
    return bool(await pool.fetchval(waiting))
