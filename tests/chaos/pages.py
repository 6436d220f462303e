"""Readers that page through timelines while the load runs, and the reading of all at the end."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from tests.chaos.callers import Callers, bearer
from tests.chaos.citizens import Citizen
from tests.chaos.ledger import Ledger, NotRead, Read, now
from tests.chaos.sender import ask

READERS = 2
LIMITS = (1, 3, 7, 20, 50, 200)
ORDERS = ("asc", "desc")
MOST_PAGES = 60  # of one timeline while the load runs; a limit too small for that is made larger
PATIENCE_S = 60.0  # for one page, whoever is down
AGAIN_S = 0.5
PAUSE_S = 0.1


class Page(msgspec.Struct):
    """One page as it came."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    freshness_ms: int | None


@dataclass(frozen=True, slots=True)
class Timeline:
    """A whole timeline, and how it was read."""

    read: Read
    items: list[dict[str, Any]]


class Unread(Exception):
    """A page could not be had however often it was asked for."""


class Reader:
    """Reads timelines with the citizens' own tokens."""

    def __init__(self, callers: Callers, ledger: Ledger) -> None:
        self._callers = callers
        self._ledger = ledger

    async def run(self, citizens: Sequence[Citizen], seed: int, seconds: float) -> None:
        """Page through timelines in random order for so many seconds."""
        random = Random(f"reader {seed}")
        end, sizes = time.monotonic() + seconds, dict[int, int]()
        while time.monotonic() < end:
            citizen = random.choice([citizens[0], random.choice(citizens)])
            least = sizes.get(citizen.number, 0) // MOST_PAGES
            limit = random.choice([each for each in LIMITS if each >= least])
            timeline = await self.read(citizen, random.choice(ORDERS), limit)
            sizes[citizen.number] = len(timeline.items)
            await asyncio.sleep(PAUSE_S)

    async def read(self, citizen: Citizen, order: str, limit: int) -> Timeline:
        """Page to the end, going on at the same cursor after a fault."""
        began_at, repeated = now(), 0
        page, again = await self._page(citizen, order, limit, None)
        freshness_ms, items = page.freshness_ms, list(page.items)
        while page.next_cursor is not None:
            repeated += again
            page, again = await self._page(citizen, order, limit, page.next_cursor)
            items += page.items
        ids = [item["id"] for item in items]
        read = Read(
            began_at, now(), citizen.number, order, limit, freshness_ms, ids, repeated + again
        )
        self._ledger.add(read)
        return Timeline(read, items)

    async def _page(
        self, citizen: Citizen, order: str, limit: int, cursor: str | None
    ) -> tuple[Page, int]:
        path = f"/v1/timelines/me?order={order}&limit={limit}"
        path += f"&cursor={cursor}" if cursor else ""
        headers = bearer(self._callers.citizens[citizen.number])
        give_up_at, again = time.monotonic() + PATIENCE_S, 0
        while time.monotonic() < give_up_at:
            reply = await ask(self._callers.journey, "GET", path, b"", headers)
            if reply.status == 200:
                return msgspec.json.decode(reply.body, type=Page), again
            body = reply.body.decode("utf-8", "replace")
            self._ledger.add(NotRead(now(), reply.status, reply.retry_after, body))
            again += 1
            await asyncio.sleep(AGAIN_S)
        raise Unread(f"citizen {citizen.number}, {order}")


async def read_all(callers: Callers, ledger: Ledger, citizens: Sequence[Citizen]) -> list[Timeline]:
    """Read every timeline whole, in both orders."""
    reader = Reader(callers, ledger)
    return [await reader.read(each, order, 200) for each in citizens for order in ORDERS]
