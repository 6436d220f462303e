"""Web sessions in the database: when they end, and what their rows give away."""

from datetime import timedelta

import pytest

from percorso.chassis.testing import FakeClock
from percorso.portal.sessions.session import Content, Kind, Session
from percorso.portal.sessions.sessions import Sessions
from tests.support.databases import Database
from tests.support.portals import a_secret

IDLE, LONGEST = timedelta(minutes=20), timedelta(hours=1)
CONTENT = Content(kind=Kind.CITIZEN, token="eyJhbGciOi.secret.token", level=2)


async def test_a_session_is_found_by_its_secret_alone(portal_database: Database) -> None:
    async with portal_database.pool(2) as pool:
        sessions = Sessions(pool, FakeClock(), IDLE, LONGEST)
        begun = await sessions.begin(CONTENT, LONGEST)

        found = await sessions.find(begun.secret.text)

        assert found is not None
        assert found.content == CONTENT
        assert await sessions.find(a_secret()) is None
        assert await sessions.find("no secret at all") is None


async def test_whoever_reads_the_table_can_be_nobody(portal_database: Database) -> None:
    async with portal_database.pool(2) as pool:
        begun = await Sessions(pool, FakeClock(), IDLE, LONGEST).begin(CONTENT, LONGEST)
        row = await pool.fetchrow("SELECT * FROM sessions")

    kept = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert CONTENT.token.encode() not in kept
    assert begun.secret.text.encode() not in kept
    assert begun.secret.form_mark.encode() not in kept


@pytest.mark.parametrize("is_used", [False, True])
async def test_a_session_that_nobody_uses_ends(portal_database: Database, *, is_used: bool) -> None:
    async with portal_database.pool(2) as pool:
        clock = FakeClock()
        sessions = Sessions(pool, clock, IDLE, LONGEST)
        begun = await sessions.begin(CONTENT, LONGEST)

        clock.advance(15 * 60)
        await sessions.find(begun.secret.text, is_use=is_used)
        clock.advance(15 * 60)

        assert (await sessions.find(begun.secret.text) is not None) == is_used


async def test_no_session_outlives_its_longest_time_however_it_is_used(
    portal_database: Database,
) -> None:
    assert await _lives(portal_database, timedelta(hours=5)) == 60


async def test_no_session_outlives_its_token(portal_database: Database) -> None:
    assert await _lives(portal_database, timedelta(minutes=30)) == 30


async def _lives(database: Database, token_lives: timedelta) -> int:
    """Return for how many minutes a session lives that is used all the time."""
    async with database.pool(2) as pool:
        clock = FakeClock()
        sessions = Sessions(pool, clock, IDLE, LONGEST)
        begun = await sessions.begin(CONTENT, token_lives)
        minutes = 0
        while await sessions.find(begun.secret.text) is not None:
            clock.advance(60)
            minutes += 1
        return minutes


async def test_an_ended_session_opens_nothing(portal_database: Database) -> None:
    async with portal_database.pool(2) as pool:
        sessions = Sessions(pool, FakeClock(), IDLE, LONGEST)
        begun, other = [await sessions.begin(CONTENT, LONGEST) for _ in range(2)]

        await sessions.end(begun)
        await sessions.end(begun)

        assert await sessions.find(begun.secret.text) is None
        assert await sessions.find(other.secret.text) is not None


async def test_rows_of_ended_sessions_are_forgotten_and_no_others(
    portal_database: Database,
) -> None:
    async with portal_database.pool(2) as pool:
        clock = FakeClock()
        sessions = Sessions(pool, clock, IDLE, LONGEST)
        short = await sessions.begin(CONTENT, timedelta(minutes=5))
        await sessions.begin(CONTENT, LONGEST)
        clock.advance(19 * 60)
        used = await sessions.begin(CONTENT, LONGEST)
        clock.advance(2 * 60)

        await sessions.forget_once()

        assert await sessions.count() == 1
        assert await sessions.find(used.secret.text) is not None
        assert await sessions.find(short.secret.text) is None


async def test_a_row_moved_to_another_name_opens_nothing(portal_database: Database) -> None:
    async with portal_database.pool(2) as pool:
        sessions = Sessions(pool, FakeClock(), IDLE, LONGEST)
        one, other = [await sessions.begin(CONTENT, LONGEST) for _ in range(2)]

        await _swap(portal_database, one, other)

        assert await sessions.find(one.secret.text) is None


async def _swap(database: Database, one: Session, other: Session) -> None:
    async with database.administrator() as connection:
        await connection.execute(
            "UPDATE sessions SET sealed = (SELECT sealed FROM sessions WHERE digest = $2) "
            "WHERE digest = $1",
            one.secret.digest,
            other.secret.digest,
        )
