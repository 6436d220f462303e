"""Takes in what identity says, for services that know citizens: links, consents and shares."""

from collections.abc import Awaitable, Callable, Sequence

from asyncpg import Connection

from percorso.chassis.consumption.applying import Store, Stored
from percorso.citizens import facts, store
from percorso.citizens.accesses import shares
from percorso.citizens.accesses import store as shares_store
from percorso.citizens.consents import facts as consents
from percorso.citizens.consents import store as consents_store
from percorso.events.errors import Unprocessable
from percorso.events.facts import Fact
from percorso.events.kafka.batch import Delivery

# Keeps one fact; False if a later one is there already, or it is about something else.
Keep = Callable[[Connection, Fact], Awaitable[bool]]


def recording(*keeps: Keep) -> Store[Fact]:
    """Return what takes in the facts that these keep, unless a later one is there; no others."""

    async def record(connection: Connection, deliveries: Sequence[Delivery[Fact]]) -> Stored:
        stored = Stored()
        await store.take_turn(connection)
        for delivery in deliveries:
            try:
                is_kept = [await keep(connection, delivery.event) for keep in keeps]
            except Unprocessable as unprocessable:
                stored.refused.append(delivery.dead(unprocessable.reason))
            else:
                stored.rows[delivery.record.partition] += any(is_kept)
        return stored

    return record


async def keep_link(connection: Connection, fact: Fact) -> bool:
    """Keep a link's state."""
    state = facts.from_fact(fact)
    return state is not None and await store.apply(connection, state)


async def keep_consent(connection: Connection, fact: Fact) -> bool:
    """Keep a consent's state."""
    state = consents.from_fact(fact)
    return state is not None and await consents_store.apply(connection, state)


async def keep_share(connection: Connection, fact: Fact) -> bool:
    """Keep a share's state."""
    state = shares.from_fact(fact)
    return state is not None and await shares_store.apply(connection, state)
