"""The door's memory of agencies: asked without waiting, refreshed beside it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress

from percorso.chassis import logs
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.identity.agencies.registrations import Agency

REFRESH_S = 5.0
RETRY_S = 1.0
MISS_INTERVAL_S = 1.0  # a flood of unknown agencies is one look at the database a second
LOOK_AGAIN_S = 1.5  # the door answers within 2 s

_log = logs.get(__name__)


class Registry:
    """Every agency as last read; stays as it is while the database is away."""

    def __init__(
        self,
        load: Callable[[], Awaitable[Iterable[Agency]]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._monotonic = monotonic
        self._agencies: Mapping[str, Agency] | None = None
        self._began_at = float("-inf")
        self._lock = asyncio.Lock()
        self._missed = asyncio.Event()

    @property
    def is_loaded(self) -> bool:
        """Whether agencies were read at least once."""
        return self._agencies is not None

    def agency(self, code: str) -> Agency | None:
        """Return the agency, None if it is not known here; Unavailable before the first load."""
        if self._agencies is None:
            raise Unavailable("the agencies are not loaded yet")
        return self._agencies.get(code)

    def owns(self, code: str, source: str) -> bool:
        """Whether the source begins with one of the agency's prefixes; a no wakes the refresh."""
        agency = self.agency(code)
        if agency is not None and source.startswith(agency.sources):
            return True
        self._missed.set()
        return False

    async def find(self, code: str) -> Agency | None:
        """Return the agency, after another look at the database if it is not known here."""
        if self._agencies is None or code not in self._agencies:
            await self.look_again()
        return self.agency(code)

    async def may_link(self, code: str) -> bool:
        """Say whether an agency's registration lets it assert links."""
        agency = await self.find(code)
        return agency is not None and agency.links

    async def check(self) -> str | None:
        """Return why the door cannot know agencies, None once they were loaded."""
        return None if self.is_loaded else "agencies are not loaded yet"

    async def refresh(self) -> None:
        """Read the agencies, or wait for a reading that begins after this call.

        Unavailable when the database is away: what was known stays known.
        """
        asked_at = self._monotonic()
        async with self._lock:
            if self._began_at <= asked_at:
                await self._read()

    async def look_again(self) -> None:
        """Read what another process may have registered, at most once a second for all callers.

        Waits for its turn, 1.5 s at the most, and never raises for a database that is away.
        """
        asked_at = self._monotonic()
        with suppress(TimeoutError, Unavailable):
            async with asyncio.timeout(LOOK_AGAIN_S), self._lock:
                if self._began_at > asked_at:
                    return
                await asyncio.sleep(self._began_at + MISS_INTERVAL_S - self._monotonic())
                await self._read()

    async def run(self, stop: asyncio.Event) -> None:
        """Refresh every 5 s, and soon after a miss, until `stop` is set.

        Every second while nothing was loaded yet.
        """
        while not stop.is_set():
            await self._refresh_if_possible()
            await pause(stop, RETRY_S)
            if self.is_loaded:
                await self._missed_or(stop)

    async def _refresh_if_possible(self) -> None:
        self._missed.clear()
        try:
            await self.refresh()
        except Unavailable:
            _log.info("agencies could not be read, the last known stay")

    async def _missed_or(self, stop: asyncio.Event) -> None:
        """Wait for a miss, for the stop, or until the next refresh is due."""
        waits = [
            asyncio.create_task(event.wait(), name="agencies wait")
            for event in (self._missed, stop)
        ]
        try:
            await asyncio.wait(
                waits, timeout=REFRESH_S - RETRY_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()

    async def _read(self) -> None:
        self._began_at = self._monotonic()
        agencies = await self._load()
        self._agencies = {agency.code: agency for agency in agencies}
