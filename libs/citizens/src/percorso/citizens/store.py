"""The tables of links and sets; every function needs a transaction's connection."""

from collections.abc import Iterable
from uuid import UUID

from asyncpg import Connection, Record

from percorso.chassis import sql
from percorso.citizens.facts import LinkState
from percorso.citizens.sets import Link, Subject, citizens

SQL = sql.load("percorso.citizens", "queries.sql")


async def take_turn(connection: Connection) -> None:
    """Hold back every other change of links until the transaction ends."""
    await connection.execute(SQL["take_turn"])


async def keep_links(connection: Connection) -> None:
    """Hold back every change of links until the transaction ends, and nobody who does the same."""
    await connection.execute(SQL["keep_links"])


async def apply(connection: Connection, state: LinkState) -> bool:
    """Take a link's state in, unless a later one is there, and make the touched sets anew.

    Sets are a function of the live links, so in whatever order states come, the same ones give
    the same sets. The caller holds the turn.
    """
    one, other = state.link()
    kept = await connection.fetchval(
        SQL["keep_link"],
        state.link_id, state.version, one.id, one.is_person, other.id, other.is_person,
        state.is_live,
    )  # fmt: skip
    if kept is None:
        return False
    await _make_sets_anew(connection, (one, other))
    return True


async def members(connection: Connection, subject: UUID) -> list[UUID]:
    """Return all subjects of the citizen whom this subject is; itself alone without links."""
    found = await connection.fetchval(SQL["members"], subject)
    return [UUID(bytes=member.bytes) for member in found or [subject]]


async def take_citizen(connection: Connection, subject: UUID) -> list[UUID]:
    """Return all subjects of the citizen, and hold back whoever else takes the same citizen.

    Until the transaction ends its links stay as they are, too. Call it once in a transaction, of
    which each statement sees what was committed before it, and before anything else is read.
    """
    await keep_links(connection)
    found = await members(connection, subject)
    await connection.execute(SQL["take_citizen"], str(min(found)))
    return found


async def reachable(connection: Connection, start: Iterable[Subject]) -> set[Link]:
    """Return every live link that is connected with these subjects."""
    links: set[Link] = set()
    known: set[UUID] = set()
    frontier = {subject.id for subject in start}
    while frontier:
        known |= frontier
        rows = await connection.fetch(SQL["live_links_of"], list(frontier))
        links |= {_link(row) for row in rows}
        frontier = {subject.id for link in links for subject in link} - known
    return links


async def _make_sets_anew(connection: Connection, touched: Iterable[Subject]) -> None:
    links = await reachable(connection, touched)
    subjects = {subject.id for link in links for subject in link} | {each.id for each in touched}
    await connection.execute(SQL["forget_sets"], list(subjects))
    for citizen in citizens(links):
        await connection.execute(SQL["keep_set"], sorted(citizen))


def _link(row: Record) -> Link:
    one, one_is_person, other, other_is_person = row
    return (
        Subject(UUID(bytes=one.bytes), one_is_person),
        Subject(UUID(bytes=other.bytes), other_is_person),
    )
