"""Gives browsers their codes, and says at a login which one it was."""

import asyncio
from contextlib import suppress
from hashlib import sha256

from asyncpg import Pool

from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.portal.visitors import store
from percorso.portal.visitors.codes import LIFE, Codes

FORGET_EVERY_S = 3600.0


class Visitors:
    """The visitors of an agency's site.

    A code is taken by one login and by no other, whatever comes of that login: nobody is joined
    with what the person before them did at the same browser.
    """

    def __init__(self, pool: Pool, clock: Clock, codes: Codes) -> None:
        self._pool = pool
        self._clock = clock
        self._codes = codes

    def new(self) -> str:
        """Return a code for a browser that has none."""
        return self._codes.new(self._clock.now())

    async def is_good(self, code: str) -> bool:
        """Say whether a browser's code may stay: ours, not too old, and taken by no login."""
        if not self._codes.is_good(code, self._clock.now()):
            return False
        async with transaction(self._pool, readonly=True) as connection:
            return not await store.is_taken(connection, _digest(code))

    async def take(self, code: str) -> str | None:
        """Return `agency:code` for a login, once; None where the code is none, or was taken."""
        now = self._clock.now()
        if not self._codes.is_good(code, now):
            return None
        async with transaction(self._pool) as connection:
            is_first = await store.take(connection, _digest(code), now + LIFE)
        return f"{self._codes.agency}:{code}" if is_first else None

    async def forget(self, stopping: asyncio.Event) -> None:
        """Remove what is too old, again and again until the process stops."""
        while not stopping.is_set():
            with suppress(Unavailable):  # readiness tells; what is too old is taken by nobody
                await self.forget_once()
            await pause(stopping, FORGET_EVERY_S)

    async def forget_once(self) -> None:
        """Remove what is too old."""
        async with transaction(self._pool) as connection:
            await store.remove_ended(connection, self._clock.now())


def _digest(code: str) -> bytes:
    return sha256(code.encode()).digest()
