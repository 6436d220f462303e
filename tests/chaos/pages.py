"""Readers that page through timelines while the load runs, and the reading of all at the end."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec

from tests.chaos.callers import Callers, bearer
from tests.chaos.ledger import Ledger, NotRead, Read, now
from tests.chaos.sender import ask
from tests.chaos.subjects import Subject

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

    async def run(self, subjects: Sequence[Subject], seed: int, seconds: float) -> None:
        """Page through timelines in random order for so many seconds."""
        random = Random(f"reader {seed}")
        end, sizes = time.monotonic() + seconds, dict[Subject, int]()
        people = [each for each in subjects if each.scheme == "cf"]
        while time.monotonic() < end:
            subject = random.choice([random.choice(people), random.choice(subjects)])
            least = sizes.get(subject, 0) // MOST_PAGES
            limit = random.choice([each for each in LIMITS if each >= least] or [LIMITS[-1]])
            timeline = await self.read(subject, random.choice(ORDERS), limit)
            sizes[subject] = len(timeline.items)
            await asyncio.sleep(PAUSE_S)

    async def read(self, subject: Subject, order: str, limit: int) -> Timeline:
        """Page to the end, going on at the same cursor after a fault."""
        began_at = now()
        page, repeated = await self._page(subject, order, limit, None)
        pages = [page]
        while page.next_cursor is not None:
            page, again = await self._page(subject, order, limit, page.next_cursor)
            pages.append(page)
            repeated += again
        items = [item for each in pages for item in each.items]
        read = Read(
            at=began_at,
            ended_at=now(),
            subject=subject.name,
            order=order,
            limit=limit,
            freshness_ms=pages[0].freshness_ms,
            ids=[item["id"] for item in items],
            pages=[len(each.items) for each in pages],
            repeated_pages=repeated,
        )
        self._ledger.add(read)
        return Timeline(read, items)

    async def _page(
        self, subject: Subject, order: str, limit: int, cursor: str | None
    ) -> tuple[Page, int]:
        path = f"/v1/timelines/me?order={order}&limit={limit}"
        path += f"&cursor={cursor}" if cursor else ""
        headers = bearer(self._callers.citizens[subject.name])
        give_up_at, again = time.monotonic() + PATIENCE_S, 0
        while time.monotonic() < give_up_at:
            reply = await ask(self._callers.journey, "GET", path, b"", headers)
            if reply.status == 200:
                return msgspec.json.decode(reply.body, type=Page), again
            body = reply.body.decode("utf-8", "replace")
            self._ledger.add(NotRead(now(), reply.status, reply.retry_after, body))
            again += 1
            await asyncio.sleep(AGAIN_S)
        raise Unread(f"{subject.scheme}, {order}")


async def read_all(callers: Callers, ledger: Ledger, subjects: Sequence[Subject]) -> list[Timeline]:
    """Read every timeline whole by each of its subjects, in both orders."""
    reader = Reader(callers, ledger)
    return [await reader.read(each, order, 200) for each in subjects for order in ORDERS]
