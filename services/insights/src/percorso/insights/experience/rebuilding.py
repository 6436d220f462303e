"""Counts all metrics again from what is stored, and puts right what differs, while they go on counting."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256

import msgspec
from asyncpg import Connection, Pool

from percorso.chassis.postgres import transaction
from percorso.insights.experience import store
from percorso.insights.experience.contributions import Row, contributions, rows
from percorso.insights.experience.families.suggestions import of_happening
from percorso.insights.experience.metric import Contribution
from percorso.insights.facts.rows import Fact


@dataclass(frozen=True, slots=True)
class Outcome:
    """The hash of the rows that were there, that of the same rows counted again, and what was put right."""

    live: str
    rebuilt: str
    corrected: int

    @property
    def is_equal(self) -> bool:
        """Return whether what was there was right."""
        return self.live == self.rebuilt


async def rebuild(pool: Pool, *, only_verify: bool = False) -> Outcome:
    """Count all metrics again as of one instant, and put right what differs in one transaction.

    Consumption goes on meanwhile: what is added is the difference between what is stored and what
    was counted at that instant, so that what others add since then stays. Readers see the old
    counts or the right ones. Again is harmless; two at once take turns.
    """
    async with transaction(pool) as writing:
        await store.take_turn(writing)
        async with _snapshot(pool) as reading:
            await _count_again(reading, writing)
            rebuilt = await _digest(store.corrections(writing))
            live = await _digest(_taken_away(writing, store.minutes(reading)))
        corrected = 0 if only_verify else await store.apply_corrections(writing)
        await store.clear_corrections(writing)
    return Outcome(live, rebuilt, corrected)


@asynccontextmanager
async def _snapshot(pool: Pool) -> AsyncIterator[Connection]:
    async with transaction(pool, isolation="repeatable_read", readonly=True) as reading:
        await store.allow_waiting(reading)
        yield reading


async def _count_again(reading: Connection, writing: Connection) -> None:
    async for facts in _of_whole_citizens(store.facts(reading)):
        await store.add_to_corrections(writing, rows(contributions(facts)))
    async for chunk in store.happenings(reading):
        counts: Counter[Contribution] = Counter(map(of_happening, chunk))
        await store.add_to_corrections(writing, rows(counts))


async def _of_whole_citizens(chunks: AsyncIterator[list[Fact]]) -> AsyncIterator[list[Fact]]:
    """Cut chunks again, where one citizen's facts end and another's begin."""
    held: list[Fact] = []
    async for chunk in chunks:
        held += chunk
        last = held[-1].subject
        yield [fact for fact in held if fact.subject != last]
        held = [fact for fact in held if fact.subject == last]
    yield held


async def _taken_away(
    writing: Connection, chunks: AsyncIterator[list[Row]]
) -> AsyncIterator[list[Row]]:
    """Pass rows on, and take them from what is to be added."""
    async for chunk in chunks:
        negative = [Row(cell, -times, -total) for cell, times, total in chunk]
        await store.add_to_corrections(writing, negative)
        yield chunk


async def _digest(chunks: AsyncIterator[list[Row]]) -> str:
    digest = sha256()
    async for chunk in chunks:
        for cell, times, total in chunk:
            digest.update(msgspec.json.encode((*cell, times, total)))
    return digest.hexdigest()
