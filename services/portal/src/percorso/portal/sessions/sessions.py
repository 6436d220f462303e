"""Begins, finds and ends sessions."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from asyncpg import Pool
from pydantic import ValidationError

from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.portal.sessions import store
from percorso.portal.sessions.secret import Secret
from percorso.portal.sessions.session import Content, Session

USE_EVERY = timedelta(minutes=1)  # a page costs a write no more often than this
FORGET_EVERY_S = 300.0


class Sessions:
    """The sessions of all browsers; one ends when nobody uses it for `idle`, and after `longest`."""

    def __init__(self, pool: Pool, clock: Clock, idle: timedelta, longest: timedelta) -> None:
        self._pool = pool
        self._clock = clock
        self._idle = idle
        self._longest = longest

    async def begin(self, content: Content, lives: timedelta) -> Session:
        """Begin a session with a new secret, for as long as its token `lives` at the most."""
        now = self._clock.now()
        session = Session(Secret.new(), content, now + min(lives, self._longest))
        async with transaction(self._pool) as connection:
            await store.add(connection, session, now)
        return session

    async def find(self, text: str, *, is_use: bool = True) -> Session | None:
        """Return the session of a cookie's text; None where none lives."""
        secret = Secret.read(text)
        if secret is None:
            return None
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            kept = await store.find(connection, secret.digest, now, now - self._idle)
            if kept is None:
                return None
            if is_use and now - kept.used_at > USE_EVERY:
                await store.use(connection, secret.digest, now)
        return _opened(secret, kept)

    async def end(self, session: Session) -> None:
        """End a session: its cookie opens nothing from now on."""
        async with transaction(self._pool) as connection:
            await store.remove(connection, session.secret.digest)

    async def count(self) -> int:
        """Return how many there are."""
        async with transaction(self._pool) as connection:
            return await store.count(connection)

    async def forget(self, stopping: asyncio.Event) -> None:
        """Remove what has ended, again and again until the process stops."""
        while not stopping.is_set():
            with suppress(Unavailable):  # readiness tells; what has ended opens nothing meanwhile
                await self.forget_once()
            await pause(stopping, FORGET_EVERY_S)

    async def forget_once(self) -> None:
        """Remove what has ended."""
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            await store.remove_ended(connection, now, now - self._idle)


def _opened(secret: Secret, kept: store.Kept) -> Session | None:
    try:
        content = Content.model_validate_json(secret.open(kept.sealed))
    except (ValueError, ValidationError):
        return None  # of an older form: whoever has it logs in again
    return Session(secret, content, kept.ends_at)
