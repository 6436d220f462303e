"""The service's connections to its database, and which of their errors mean "try later"."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import asyncpg
from asyncpg.transaction import Transaction

from percorso.chassis.settings import PostgresSettings
from percorso.events.errors import Unavailable

CONNECT_TIMEOUT_S = 2.0
ACQUIRE_TIMEOUT_S = 2.0  # the door promises its 503 within 2 s (design, section 4)
COMMAND_GRACE_S = 1.0  # the server cancels first; the client gives up on a server that is frozen
IDLE_IN_TRANSACTION = "10s"  # a frozen worker must not hold its offset rows for longer
CLOSE_TIMEOUT_S = 2.0
RELEASE_TIMEOUT_S = 1.0

_AWAY = (
    OSError,  # refused, reset, and TimeoutError
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,  # shut down, starting up, statement cancelled
    asyncpg.InsufficientResourcesError,  # too many connections, disk full, out of memory
    asyncpg.PostgresSystemError,  # an input or output error of the server's disk
    asyncpg.ReadOnlySQLTransactionError,  # a standby
    asyncpg.TransactionRollbackError,  # deadlock, serialization
    asyncpg.LockNotAvailableError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TransactionTimeoutError,
    asyncpg.UndefinedTableError,  # the schema is not migrated yet; readiness says so
    asyncpg.UndefinedColumnError,
    asyncpg.InvalidCachedStatementError,  # the schema changed under a prepared statement
    # Out of step with the server, most often because its last word, said between two statements, was
    # read and the end of the connection not yet. Misuse raises InterfaceError.
    asyncpg.InternalClientError,
)
# How asyncpg says that a connection went away between two statements.
_CLOSED = ("is closed", "is closing", "was closed", "released back to the pool")
# Whatever a connection that is opened, given back or closed may say.
_LOST = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


@asynccontextmanager
async def open_pool(
    settings: PostgresSettings, application_name: str
) -> AsyncIterator[asyncpg.Pool]:
    """Yield a pool that holds no connection yet, so that it opens while PostgreSQL is away.

    Connections are not reset between uses: change no session state, only `SET LOCAL`.
    """
    timeout_s = settings.statement_timeout.total_seconds()
    pool = await asyncpg.create_pool(
        settings.postgres.get_secret_value(),
        min_size=0,
        max_size=settings.pool_size,
        timeout=CONNECT_TIMEOUT_S,
        command_timeout=timeout_s + COMMAND_GRACE_S,
        reset=_leave,
        server_settings={
            "application_name": application_name,
            "statement_timeout": f"{round(timeout_s * 1000)}ms",
            "idle_in_transaction_session_timeout": IDLE_IN_TRANSACTION,
            "jit": "off",
            # A page's best plan does not depend on its values, and planning it over all partitions
            # costs more than reading it: 4.1 ms with a plan each time, 1.5 ms with one were seen.
            "plan_cache_mode": "force_generic_plan",
            "timezone": "UTC",
        },
    )
    try:
        yield pool
    finally:
        await _close(pool)


async def _leave(_: asyncpg.Connection) -> None:
    """Spare the round trip that asyncpg makes when a connection is given back."""


async def _close(pool: asyncpg.Pool) -> None:
    with suppress(*_LOST):
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await pool.close()
    pool.terminate()


@asynccontextmanager
async def connection(pool: asyncpg.Pool) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection; whatever means "try later" leaves as Unavailable.

    A connection whose state is not known (cancelled, cut, timed out) is dropped, never reused.
    """
    held = await _acquire(pool)
    try:
        yield held
    except Exception as error:
        if unavailable(error):
            _drop(held)
            raise Unavailable from error
        raise
    except BaseException:
        _drop(held)
        raise
    finally:
        with suppress(*_LOST):
            await pool.release(held, timeout=RELEASE_TIMEOUT_S)


@asynccontextmanager
async def transaction(
    pool: asyncpg.Pool, *, isolation: str | None = None, readonly: bool = False
) -> AsyncIterator[asyncpg.Connection]:
    """Yield a connection in a transaction: committed at the end, rolled back after an error.

    Unavailable from the commit leaves open whether it happened: what runs here is safe to repeat.
    """
    async with connection(pool) as held:
        running = held.transaction(isolation=isolation, readonly=readonly)
        await running.start()
        try:
            yield held
        except Exception as error:
            if not unavailable(error):
                await _roll_back(held, running)
            raise
        await running.commit()


async def _roll_back(held: asyncpg.Connection, running: Transaction) -> None:
    """Roll back; with the connection lost, the server does it, and the first error is the one told."""
    try:
        await running.rollback()
    except _LOST:
        _drop(held)


def _drop(held: asyncpg.Connection) -> None:
    with suppress(asyncpg.InterfaceError):  # it may be gone already
        held.terminate()


async def _acquire(pool: asyncpg.Pool) -> asyncpg.Connection:
    try:
        return await pool.acquire(timeout=ACQUIRE_TIMEOUT_S)
    except _LOST as error:
        raise Unavailable from error


def unavailable(error: BaseException) -> bool:
    """Whether the error means that the database is away, and not that the statement is wrong."""
    if isinstance(error, asyncpg.InterfaceError):  # misuse and lost connections share this type
        return any(words in str(error) for words in _CLOSED)
    return isinstance(error, _AWAY)


def check(pool: asyncpg.Pool, head: str) -> Callable[[], Awaitable[str | None]]:
    """Return a health check: the database answers and its schema is at `head` or beyond.

    Beyond is fine: a migration marked `pre` runs before the code that needs it.
    """

    async def answer() -> str | None:
        try:
            async with connection(pool) as held:
                version = await held.fetchval("SELECT version_num FROM alembic_version")
        except Unavailable as error:
            return _reason(error.__cause__)
        except asyncpg.InsufficientPrivilegeError:
            return "does not let us read its schema's version"
        return None if version is not None and version >= head else "schema is not migrated"

    return answer


def _reason(cause: BaseException | None) -> str:
    if isinstance(cause, asyncpg.UndefinedTableError):
        return "schema is not migrated"
    if isinstance(cause, asyncpg.InvalidAuthorizationSpecificationError):
        return "does not let us in"
    if isinstance(cause, asyncpg.InvalidCatalogNameError):
        return "has no such database"
    return "away"
