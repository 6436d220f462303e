"""Whether a batch's commit waits for the disk."""

from collections.abc import Sequence

import pytest
from asyncpg import Connection

from percorso.chassis.consumption import applying
from percorso.chassis.consumption.applying import Consumption, Stored
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.batch import Delivery
from percorso.events.kafka.codec import decode
from percorso.events.topics import TOUCHPOINTS
from tests.support import timelines
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.events import an_event


@pytest.mark.parametrize(("waits", "setting"), [(True, "on"), (False, "off")])
async def test_a_commit_waits_for_the_disk_unless_its_consumption_does_not(
    journey_database: Database,
    waits: bool,  # noqa: FBT001
    setting: str,
) -> None:
    seen: list[str] = []

    async def store(connection: Connection, _: Sequence[Delivery[CloudEvent]]) -> Stored:
        seen.append(await connection.fetchval("SHOW synchronous_commit"))
        return Stored()

    consumption = Consumption(TOUCHPOINTS, decode, store, waits_for_disk=waits)
    async with journey_database.pool(size=1) as pool:
        await timelines.begin(pool)
        await applying.subscription(pool, consumption, "group").apply(a_batch([an_event()]))
        after = await pool.fetchval("SHOW synchronous_commit")

    assert (seen, after) == ([setting], "on")
