"""Keeps metrics in step with facts and suggestions, in the transaction that changes them."""

from collections import Counter
from collections.abc import Iterable

from asyncpg import Connection

from percorso.insights.experience import contributions, store
from percorso.insights.experience.families.suggestions import Happening, of_happening
from percorso.insights.facts.rows import Change


async def follow(connection: Connection, change: Change) -> None:
    """Add to metrics what a change of facts adds, and take what it takes.

    The transaction must hold what lets nobody else change facts of the same citizens meanwhile;
    that is the batch's partition. Last of its statements, for it holds minutes that others add to.
    """
    touched = contributions.matters([*change.added, *change.hidden])
    after = await store.facts_of_matters(connection, touched) if touched else []
    await store.add(connection, contributions.rows(contributions.difference(change, after)))


async def record(connection: Connection, happenings: Iterable[Happening]) -> None:
    """Count what became of suggestions, in the transaction that notes it; once in it, and last."""
    counts = Counter(map(of_happening, happenings))
    await store.add(connection, contributions.rows(counts))
