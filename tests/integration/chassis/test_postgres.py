"""Connections to the database, through everything that can happen to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

import asyncpg
import psycopg
import pytest
from pydantic import SecretStr

from percorso.chassis.postgres import check, connection, open_pool, transaction, unavailable
from percorso.chassis.settings import PostgresSettings
from percorso.events.errors import Reason, Unavailable, Unprocessable
from percorso.local import postgres as local_postgres
from percorso.local.throwaway import Throwaway
from tests.support.waiting import until


@pytest.fixture(scope="module")
def server() -> Iterator[Throwaway]:
    with local_postgres.throwaway() as server:
        yield server


def settings(server: Throwaway, **changes: object) -> PostgresSettings:
    return PostgresSettings.model_validate({"postgres": SecretStr(server.address)} | changes)


@pytest.fixture
async def pool(server: Throwaway) -> AsyncIterator[asyncpg.Pool]:
    async with open_pool(settings(server, pool_size=3), "chassis-test") as pool:
        async with transaction(pool) as held:
            await held.execute(
                "DROP TABLE IF EXISTS things, alembic_version; CREATE TABLE things (id int PRIMARY KEY)"
            )
        yield pool


async def count(pool: asyncpg.Pool) -> int:
    async with transaction(pool) as held:
        return int(await held.fetchval("SELECT count(*) FROM things"))


async def end(pool: asyncpg.Pool, pid: int) -> None:
    async with transaction(pool) as held:
        await held.execute("SELECT pg_terminate_backend($1, 1000)", pid)


async def test_connections_carry_their_limits(pool: asyncpg.Pool) -> None:
    async with connection(pool) as held:
        names = ("application_name", "statement_timeout", "jit", "timezone")
        shown = [await held.fetchval(f"SHOW {name}") for name in names]
        idle = await held.fetchval("SHOW idle_in_transaction_session_timeout")

    assert shown == ["chassis-test", "5s", "off", "UTC"]
    assert idle == "10s"


async def test_a_transaction_is_whole(pool: asyncpg.Pool) -> None:
    async with transaction(pool) as held:
        await held.execute("INSERT INTO things VALUES (1)")

    async def refuse() -> None:
        async with transaction(pool) as held:
            await held.execute("INSERT INTO things VALUES (2)")
            raise Unprocessable(Reason.WRONG_KEY)

    with pytest.raises(Unprocessable):
        await refuse()
    assert await count(pool) == 1


async def test_a_wrong_statement_is_not_an_outage(pool: asyncpg.Pool) -> None:
    with pytest.raises(asyncpg.UniqueViolationError):
        async with transaction(pool) as held:
            await held.execute("INSERT INTO things VALUES (1), (1)")
    with pytest.raises(asyncpg.DataError):
        async with transaction(pool) as held:
            await held.execute("INSERT INTO things VALUES ($1)", "SENT")
    with pytest.raises(asyncpg.PostgresSyntaxError):
        async with transaction(pool) as held:
            await held.execute("SELEC 1")

    assert await count(pool) == 0


async def test_a_read_only_transaction_does_not_write(pool: asyncpg.Pool) -> None:
    with pytest.raises(Unavailable):
        async with transaction(pool, isolation="repeatable_read", readonly=True) as held:
            await held.execute("INSERT INTO things VALUES (1)")


async def test_a_slow_statement_is_ended(server: Throwaway) -> None:
    limits = settings(server, statement_timeout=timedelta(milliseconds=200))
    async with open_pool(limits, "t") as pool:
        with pytest.raises(Unavailable) as caught:
            async with transaction(pool) as held:
                await held.execute("SELECT pg_sleep(10)")

    assert isinstance(caught.value.__cause__, asyncpg.QueryCanceledError)


async def test_an_exhausted_pool_says_so_in_time(pool: asyncpg.Pool) -> None:
    async with connection(pool), connection(pool), connection(pool):
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            await count(pool)
        assert time.monotonic() - begun < 3
    assert await count(pool) == 0


async def test_a_cancelled_transaction_leaves_nothing(pool: asyncpg.Pool) -> None:
    async def hang() -> None:
        async with transaction(pool) as held:
            await held.execute("INSERT INTO things VALUES (1)")
            await held.execute("SELECT pg_sleep(4)")

    for _ in range(6):
        task = asyncio.create_task(hang())
        await asyncio.sleep(0.05)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()

    async with asyncio.timeout(1):
        assert await count(pool) == 0


async def test_what_the_server_ends_is_an_outage(pool: asyncpg.Pool) -> None:
    async def be_ended() -> None:
        async with transaction(pool) as held:
            await end(pool, await held.fetchval("SELECT pg_backend_pid()"))
            await held.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await be_ended()
    assert await count(pool) == 0


@pytest.mark.parametrize("turns", range(5))
async def test_a_last_word_that_is_read_before_the_end_is_an_outage(
    server: Throwaway, pool: asyncpg.Pool, turns: int
) -> None:
    async def be_ended_while_frozen() -> None:
        async with transaction(pool) as held:
            pid = await held.fetchval("SELECT pg_backend_pid()")
            with psycopg.connect(server.address, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 1000)", [pid])
            # How much of it the loop has read by the next statement is a matter of its turns.
            for _ in range(turns):
                await asyncio.sleep(0)
            await held.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await be_ended_while_frozen()
    assert await count(pool) == 0


async def test_an_error_outlives_the_connection_it_happened_on(pool: asyncpg.Pool) -> None:
    async def be_ended_and_refuse() -> None:
        async with transaction(pool) as held:
            await end(pool, await held.fetchval("SELECT pg_backend_pid()"))
            raise Unprocessable(Reason.WRONG_KEY)

    with pytest.raises(Unprocessable):
        await be_ended_and_refuse()
    assert await count(pool) == 0


async def test_a_commit_on_a_cut_connection_is_an_outage(pool: asyncpg.Pool) -> None:
    async def be_ended_before_the_commit() -> None:
        async with transaction(pool) as held:
            await held.execute("INSERT INTO things VALUES (1)")
            await end(pool, await held.fetchval("SELECT pg_backend_pid()"))

    with pytest.raises(Unavailable):
        await be_ended_before_the_commit()
    assert await count(pool) == 0


async def test_an_idle_connection_that_was_cut_is_replaced(pool: asyncpg.Pool) -> None:
    async with connection(pool) as first, connection(pool) as second:
        pids = [await held.fetchval("SELECT pg_backend_pid()") for held in (first, second)]
    async with connection(pool) as held:
        await held.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest($1::int[]) AS pid WHERE pid <> pg_backend_pid()",
            pids,
        )

    async def works() -> bool:
        try:
            return await count(pool) == 0
        except Unavailable:
            return False

    await until(works, within_s=2)


async def test_a_pool_opens_while_the_server_is_away() -> None:
    away = PostgresSettings(postgres=SecretStr("postgresql://postgres@127.0.0.1:1/postgres"))
    async with open_pool(away, "t") as pool:
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            async with transaction(pool):
                pass
        assert await check(pool, "0001")() == "away"
        assert time.monotonic() - begun < 5


async def test_a_server_comes_and_goes(server: Throwaway, pool: asyncpg.Pool) -> None:
    server.kill()
    with pytest.raises(Unavailable):
        await count(pool)

    await asyncio.to_thread(server.start)

    assert await count(pool) == 0


async def test_a_frozen_server_is_given_up(server: Throwaway) -> None:
    limits = settings(server, statement_timeout=timedelta(milliseconds=300))
    async with open_pool(limits, "t") as pool:
        async with transaction(pool) as held:
            await held.execute("SELECT 1")
        server.pause()
        try:
            begun = time.monotonic()
            for _ in range(2):
                with pytest.raises(Unavailable):
                    async with transaction(pool) as held:
                        await held.execute("SELECT 1")
            assert time.monotonic() - begun < 6
        finally:
            server.resume()
        async with transaction(pool) as held:
            assert await held.fetchval("SELECT 1") == 1


async def test_a_frozen_server_does_not_hold_up_the_close(server: Throwaway) -> None:
    async with open_pool(settings(server), "t") as pool:
        async with transaction(pool) as held:
            await held.execute("SELECT 1")
        server.pause()
        begun = time.monotonic()
    closed_s = time.monotonic() - begun
    server.resume()

    assert closed_s < 3


async def test_a_connection_still_held_does_not_hold_up_the_close(server: Throwaway) -> None:
    async with open_pool(settings(server), "t") as pool:
        await pool.acquire()
        begun = time.monotonic()

    assert time.monotonic() - begun < 3


async def test_readiness_knows_the_schema(pool: asyncpg.Pool) -> None:
    assert await check(pool, "0002")() == "schema is not migrated"
    async with transaction(pool) as held:
        await held.execute("CREATE TABLE alembic_version (version_num varchar(32))")
    assert await check(pool, "0002")() == "schema is not migrated"
    async with transaction(pool) as held:
        await held.execute("INSERT INTO alembic_version VALUES ('0001')")
    assert await check(pool, "0002")() == "schema is not migrated"
    async with transaction(pool) as held:
        await held.execute("UPDATE alembic_version SET version_num = '0002'")
    assert await check(pool, "0002")() is None
    assert await check(pool, "0001")() is None


async def test_readiness_knows_why_it_is_kept_out(server: Throwaway) -> None:
    urls = {
        "does not let us in": server.address.replace("postgres:", "postgres:no"),
        "has no such database": server.address.removesuffix("/postgres") + "/nothing",
    }
    for reason, url in urls.items():
        asked = PostgresSettings(postgres=SecretStr(url))
        async with open_pool(asked, "t") as pool:
            assert await check(pool, "0001")() == reason


@pytest.mark.parametrize(
    ("error", "is_outage"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.TooManyConnectionsError(""), True),
        (asyncpg.CannotConnectNowError(""), True),
        (asyncpg.AdminShutdownError(""), True),
        (asyncpg.DiskFullError(""), True),
        (asyncpg.ReadOnlySQLTransactionError(""), True),
        (asyncpg.DeadlockDetectedError(""), True),
        (asyncpg.UndefinedTableError(""), True),
        (asyncpg.InterfaceError("connection is closed"), True),
        (asyncpg.InterfaceError("pool is closing"), True),
        (asyncpg.InterfaceError("another operation is in progress"), False),
        (asyncpg.DataError(""), False),
        (asyncpg.UniqueViolationError(""), False),
        (asyncpg.PostgresSyntaxError(""), False),
        (asyncpg.InsufficientPrivilegeError(""), False),
        (KeyError(), False),
        (ValueError(), False),
        (asyncio.CancelledError(), False),
    ],
)
def test_outages_are_told_from_mistakes(error: BaseException, *, is_outage: bool) -> None:
    assert unavailable(error) is is_outage
