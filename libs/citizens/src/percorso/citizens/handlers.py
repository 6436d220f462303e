"""Takes in what identity says, for services that know citizens: links, and where wanted consents."""

from collections.abc import Awaitable, Callable, Sequence

from asyncpg import Connection

from percorso.chassis.consumption.applying import Stored
from percorso.citizens import facts, store
from percorso.citizens.consents import facts as consents
from percorso.citizens.consents import store as consents_store
from percorso.events.errors import Unprocessable
from percorso.events.facts import Fact
from percorso.events.kafka.batch import Delivery

# Keeps one fact; False if a later one is there already, or it is about something else.
Keep = Callable[[Connection, Fact], Awaitable[bool]]


async def record_links(connection: Connection, deliveries: Sequence[Delivery[Fact]]) -> Stored:
    """Take each link's state in, unless a later one is there; other facts are not kept."""
    return await _record(connection, deliveries, _keep_link)


async def record_links_and_consents(
    connection: Connection, deliveries: Sequence[Delivery[Fact]]
) -> Stored:
    """Take each link's and each consent's state in, unless a later one is there."""
    return await _record(connection, deliveries, _keep_link_or_consent)


async def _record(
    connection: Connection, deliveries: Sequence[Delivery[Fact]], keep: Keep
) -> Stored:
    stored = Stored()
    await store.take_turn(connection)
    for delivery in deliveries:
        try:
            is_kept = await keep(connection, delivery.event)
        except Unprocessable as unprocessable:
            stored.refused.append(delivery.dead(unprocessable.reason))
        else:
            stored.rows[delivery.record.partition] += is_kept
    return stored


async def _keep_link(connection: Connection, fact: Fact) -> bool:
    state = facts.from_fact(fact)
    return state is not None and await store.apply(connection, state)


async def _keep_link_or_consent(connection: Connection, fact: Fact) -> bool:
    return await _keep_link(connection, fact) or await _keep_consent(connection, fact)


async def _keep_consent(connection: Connection, fact: Fact) -> bool:
    state = consents.from_fact(fact)
    return state is not None and await consents_store.apply(connection, state)
