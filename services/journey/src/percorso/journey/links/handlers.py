"""Takes in identity's facts; those about links make the sets that timelines are read by."""

from collections.abc import Sequence

from asyncpg import Connection

from percorso.chassis.consumption.applying import Stored
from percorso.citizens import facts, store
from percorso.citizens.facts import LinkState
from percorso.events.errors import Unprocessable
from percorso.events.facts import Fact
from percorso.events.kafka.batch import Delivery


async def record(connection: Connection, deliveries: Sequence[Delivery[Fact]]) -> Stored:
    """Take each link's state in, unless a later one is there; other facts are not ours to keep."""
    stored = Stored()
    await store.take_turn(connection)
    for delivery in deliveries:
        try:
            state = facts.from_fact(delivery.event)
        except Unprocessable as unprocessable:
            stored.refused.append(delivery.dead(unprocessable.reason))
            continue
        await _apply(connection, delivery, state, stored)
    return stored


async def _apply(
    connection: Connection, delivery: Delivery[Fact], state: LinkState | None, stored: Stored
) -> None:
    if state is not None and await store.apply(connection, state):
        stored.rows[delivery.record.partition] += 1
