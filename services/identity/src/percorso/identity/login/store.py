"""Logins in the database: each attempt and each code is there until it is taken or has expired."""

from datetime import datetime
from uuid import UUID

from asyncpg import Connection

from percorso.chassis import sql
from percorso.identity.login.attempts import (
    ATTEMPT_LIFETIME,
    CODE_LIFETIME,
    MAX_ATTEMPTS,
    Asked,
    Attempt,
    Login,
    digest,
)

SQL = sql.load("percorso.identity.login", "queries.sql")


async def room(connection: Connection, now: datetime) -> int:
    """Forget attempts that nobody comes back to; return how many more there may be."""
    await connection.execute(SQL["forget_attempts"], now)
    under_way: int = await connection.fetchval(SQL["count_attempts"])
    return MAX_ATTEMPTS - under_way


async def keep_attempt(
    connection: Connection, attempt: Attempt, *, state: str, browser: str, now: datetime
) -> None:
    """Keep an attempt for ten minutes."""
    asked = attempt.asked
    await connection.execute(
        SQL["keep_attempt"],
        digest(state), digest(browser), attempt.provider, attempt.nonce, attempt.verifier,
        asked.level, asked.challenge, asked.return_to, now + ATTEMPT_LIFETIME,
    )  # fmt: skip


async def take_attempt(
    connection: Connection, *, state: str, now: datetime
) -> tuple[Attempt, bytes] | None:
    """Take an attempt, and the digest of the browser that began it; of two who ask, one gets it."""
    row = await connection.fetchrow(SQL["take_attempt"], digest(state))
    if row is None or row["expires_at"] <= now:
        return None
    asked = Asked(row["challenge"], row["return_to"], row["level"])
    attempt = Attempt(asked, row["provider"], row["nonce"], row["verifier"])
    return attempt, row["browser_digest"]


async def keep_code(connection: Connection, login: Login, *, code: str, now: datetime) -> None:
    """Keep a login for a minute, to be had for the code. Needs a transaction."""
    await connection.execute(SQL["forget_codes"], now)
    await connection.execute(
        SQL["keep_code"],
        digest(code), login.subject, login.level, login.challenge, login.return_to,
        now + CODE_LIFETIME,
    )  # fmt: skip


async def take_code(connection: Connection, *, code: str, now: datetime) -> Login | None:
    """Take a login for its code; of two who ask, one gets it."""
    row = await connection.fetchrow(SQL["take_code"], digest(code))
    if row is None or row["expires_at"] <= now:
        return None
    subject = UUID(bytes=row["subject"].bytes)
    return Login(subject, row["level"], row["challenge"], row["return_to"])
