"""Planted bug: what touchpoints add to metrics is committed beside their facts, and not with them."""

import asyncio
import os
import runpy
from unittest.mock import patch

import asyncpg
from asyncpg import Connection

from percorso.insights.experience import contributions, handlers, store
from percorso.insights.facts.rows import Change

URL = os.environ["PERCORSO_INSIGHTS_POSTGRES"]


async def follow(connection: Connection, change: Change) -> None:
    """Count in a transaction of its own, some time before that of the facts is committed."""
    touched = contributions.matters([*change.added, *change.hidden])
    after = await store.facts_of_matters(connection, touched) if touched else []
    beside = await asyncpg.connect(URL)
    try:
        await store.add(beside, contributions.rows(contributions.difference(change, after)))
    finally:
        await beside.close()
    await asyncio.sleep(0.3)


with patch.object(handlers, "follow", follow):
    runpy.run_module("percorso.insights", run_name="__main__", alter_sys=True)
