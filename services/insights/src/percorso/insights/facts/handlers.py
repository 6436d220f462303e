"""Stores the facts of a batch of events, and has whoever depends on them follow."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from asyncpg import Connection

from percorso.chassis.consumption.applying import Stored
from percorso.events import tracing
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Unprocessable
from percorso.events.kafka.batch import Delivery
from percorso.insights.facts import rows, store
from percorso.insights.facts.rows import Change, Fact, Key, Place, Reading

# Follows a change in the transaction that makes it.
Effect = Callable[[Connection, Change], Awaitable[None]]


class _Item(NamedTuple):
    reading: Reading
    traceparent: str | None
    partition: int

    @property
    def fact(self) -> Fact:
        return self.reading.fact


class Recorder:
    """Adds facts and hides those that were withdrawn; the effects see each change exactly once."""

    def __init__(self, *effects: Effect) -> None:
        self._effects = effects

    async def record(
        self, connection: Connection, deliveries: Sequence[Delivery[CloudEvent]]
    ) -> Stored:
        """Store each event's fact once, whatever its copies and order; refuse what is none.

        Of two events with one identity, citizen and time the first wins, as in the timeline,
        where the second one becomes a dead letter.
        """
        stored = Stored()
        for item in await self._add(connection, _readable(deliveries, stored)):
            stored.rows[item.partition] += 1
        return stored

    async def _add(self, connection: Connection, items: Iterable[_Item]) -> Iterable[_Item]:
        """Store what is new and have the effects follow; return what was new, hidden or not."""
        first: dict[Place, _Item] = {}
        for item in items:
            first.setdefault(item.fact.place, item)
        if not first:
            return ()
        added = await store.record(connection, [item.fact for item in first.values()])
        new = {place: first[place] for place in added}
        change = await _change(connection, new, added)
        for effect in self._effects:
            await effect(connection, change)
        return new.values()


def _readable(deliveries: Iterable[Delivery[CloudEvent]], stored: Stored) -> Iterator[_Item]:
    for delivery in deliveries:
        try:
            reading = rows.read(delivery.event)
        except Unprocessable as unprocessable:
            stored.refused.append(delivery.dead(unprocessable.reason))
            continue
        parent = tracing.continued(delivery.event.traceparent)
        yield _Item(reading, parent, delivery.record.partition)


async def _change(
    connection: Connection, new: Mapping[Place, _Item], was_hidden: Mapping[Place, bool]
) -> Change:
    # Only what is new hides: another event that reuses a withdrawal's id must not.
    keys = {item.reading.hides for item in new.values() if item.reading.hides}
    hidden = await _hide(connection, keys)
    there = await store.by_key(connection, hidden) if hidden else []
    counting = [
        item for place, item in new.items() if not was_hidden[place] and item.fact.key not in hidden
    ]
    return Change(
        added=[item.fact for item in counting],
        hidden=[fact for fact in there if fact.place not in new],
        traceparents={
            item.fact.event_key: item.traceparent for item in counting if item.traceparent
        },
    )


async def _hide(connection: Connection, keys: set[Key]) -> set[Key]:
    return await store.hide(connection, keys) if keys else set()
