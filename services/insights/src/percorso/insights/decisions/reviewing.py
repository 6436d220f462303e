"""Looks at the facts of late again when a new set of rules goes live, a slice at a time."""

from datetime import datetime, timedelta

from asyncpg import Connection

from percorso.events.ids import uuid7
from percorso.insights.decisions import store
from percorso.insights.decisions.marking import window_begins
from percorso.insights.rules import Ruleset

# What one statement looks through; a slice of a busy city's facts is read in well under a second.
SLICE = timedelta(hours=6)
# What is being stored while a set goes live was marked by the old one: it commits within this.
SETTLED = timedelta(seconds=5)


async def activate(connection: Connection, ruleset: Ruleset, now: datetime, *, anew: bool) -> bool:
    """Keep the live set and begin its review, unless it was live already and not `anew`; False: later."""
    if not await store.take_review_turn(connection):
        return False
    live = await store.live(connection)
    if anew or live is None or live.version != ruleset.version:
        await store.activate(connection, ruleset, now)
    return True


async def review(connection: Connection, ruleset: Ruleset, now: datetime) -> bool:
    """Mark whom the next slice of facts concerns; whether there is more to look at."""
    if not await store.take_review_turn(connection):
        return False
    live, begins = await store.live(connection), window_begins(ruleset, now)
    if live is None or live.version != ruleset.version or live.reviewed_from <= begins:
        return False
    if now < live.reviewed_from + SETTLED:
        return False
    down_to = max(begins, live.reviewed_from - SLICE)
    await store.review(
        connection,
        uuid7(),
        now,
        received=(down_to, live.reviewed_from),
        occurred_after=begins,
        triggers=ruleset.triggers,
    )
    await store.reviewed(connection, live.version, down_to)
    return True
