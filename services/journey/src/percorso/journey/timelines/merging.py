"""One timeline out of several subjects' timelines, page by page, in one total order."""

from collections.abc import Sequence, Set
from datetime import datetime
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection, Record

from percorso.journey.timelines import store
from percorso.journey.timelines.facts import is_told_to
from percorso.journey.timelines.news import Place
from percorso.journey.timelines.store import Order, Selection

# Rows of each subject fetched at once: few, since most of what 50 subjects have is not on the page.
MIN_CHUNK = 8


class MergedPlace(NamedTuple):
    """Where an item stands: the order of a timeline, and its subject where two are equal."""

    occurred_at: datetime
    sequence: int
    event_key: UUID
    subject: UUID

    @property
    def place(self) -> Place:
        """Return the place within the subject's own timeline."""
        return self[:3]


class Item(NamedTuple):
    """One row and where it stands among all."""

    at: MergedPlace
    row: Record


class _Source:
    """One subject's rows beyond a place, fetched in chunks; none that is not told to the citizen."""

    def __init__(
        self,
        connection: Connection,
        subject: UUID,
        members: Set[UUID],
        wanted: Selection,
        chunk: int,
    ) -> None:
        self._connection = connection
        self._subject = subject
        self._members = members
        self._wanted = wanted
        self._chunk = chunk
        self._rows: list[Record] = []
        self._is_exhausted = False

    async def fetch(self, order: Order, after: Place | None) -> None:
        """Fetch the next chunk, which is empty at the end of the timeline."""
        rows = await store.page(
            self._connection,
            self._subject,
            wanted=self._wanted,
            order=order,
            after=after,
            limit=self._chunk,
        )
        self._is_exhausted = len(rows) < self._chunk
        self._rows = rows[::-1]

    async def next(self, order: Order) -> Item | None:
        """Take the next row, None at the end."""
        while self._rows:
            row = self._rows.pop()
            if not self._rows and not self._is_exhausted:
                await self.fetch(order, store.place(row))
            if is_told_to(self._members, row["type"], row["touchpoint"]):
                return Item(MergedPlace(*store.place(row), self._subject), row)
        return None


async def page(
    connection: Connection,
    subjects: Sequence[UUID],
    *,
    wanted: Selection,
    order: Order,
    after: MergedPlace | None,
    limit: int,
) -> list[Item]:
    """Return up to `limit` items of all these subjects beyond the place `after`."""
    chunk = max(MIN_CHUNK, 2 * limit // len(subjects)) if len(subjects) > 1 else limit
    members = frozenset(subjects)
    heads = []
    for subject in subjects:
        source = _Source(connection, subject, members, wanted, chunk)
        await source.fetch(order, _own_place(subject, order, after))
        if head := await source.next(order):
            heads.append(_Head(head, source, order))
    return await _merged(heads, order, limit)


class _Head:
    """The next item of a source, comparable in the order of the page."""

    __slots__ = ("_is_descending", "item", "source")

    def __init__(self, item: Item, source: _Source, order: Order) -> None:
        self.item = item
        self.source = source
        self._is_descending = order == "desc"

    def __lt__(self, other: "_Head") -> bool:
        if self._is_descending:
            return self.item.at > other.item.at
        return self.item.at < other.item.at


async def _merged(heads: list[_Head], order: Order, limit: int) -> list[Item]:
    heapify(heads)
    items: list[Item] = []
    while heads and len(items) < limit:
        first = heads[0]
        items.append(first.item)
        following = await first.source.next(order)
        if following is None:
            heappop(heads)
        else:
            heapreplace(heads, _Head(following, first.source, order))
    return items


def _own_place(subject: UUID, order: Order, after: MergedPlace | None) -> Place | None:
    """Return beyond which place of its own timeline a subject's rows follow `after`.

    Rows of two subjects may stand at the same place (an agency gave one id to both); those of a
    subject that comes later in the page's order still follow.
    """
    if after is None:
        return None
    occurred_at, sequence, event_key = after.place
    if order == "asc" and subject > after.subject and event_key.int:
        event_key = UUID(int=event_key.int - 1)
    elif order == "desc" and subject < after.subject and event_key.int < 2**128 - 1:
        event_key = UUID(int=event_key.int + 1)
    return occurred_at, sequence, event_key
