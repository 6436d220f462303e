"""Stores what a batch of events adds to timelines."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from percorso.chassis.consumption.applying import Stored
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.kafka.batch import Delivery
from percorso.journey.timelines import store
from percorso.journey.timelines.facts import Entry, Touchpoint, entry
from percorso.journey.timelines.news import News
from percorso.journey.timelines.partitions import Partitions


class _Item(NamedTuple):
    delivery: Delivery[CloudEvent]
    entry: Entry

    @property
    def key(self) -> UUID:
        """Return the event's identity, whoever it is about and whenever it occurred."""
        return self.entry.touchpoint.event_key

    @property
    def place(self) -> object:
        """Return where it stands: two items at one place are copies, or reuse an id."""
        return self.entry.touchpoint.place


class Recorder:
    """Adds events to timelines within the times that have a partition."""

    def __init__(self, partitions: Partitions) -> None:
        self._partitions = partitions

    async def record(
        self, connection: Connection, deliveries: Sequence[Delivery[CloudEvent]]
    ) -> Stored:
        """Add each event once, whatever its copies and order; refuse what is not a touchpoint.

        The first of two events with one identity, citizen and time wins; a different second one
        is a dead letter, `id_reused`.
        """
        bounds = await self._partitions.bounds()
        stored = Stored()
        first, more, repeated = _split(_readable(deliveries, bounds, stored))
        added, present = await _record(connection, first)
        if more:
            added += await _record_more(connection, more, present)
        stored.rows.update(item.delivery.record.partition for item in added)
        await _refuse_reused(connection, [*present, *repeated], stored)
        # Of what was there already, its withdrawal was noted with it; another one that reuses
        # its id must not hide anything.
        await _withdraw(connection, added)
        await store.announce(connection, [_news(item.entry.touchpoint) for item in added])
        return stored


def _readable(
    deliveries: Iterable[Delivery[CloudEvent]], bounds: tuple[datetime, datetime], stored: Stored
) -> Iterable[_Item]:
    since, until = bounds
    for delivery in deliveries:
        try:
            if not since <= delivery.event.time < until:
                raise Unprocessable(Reason.TIME_OUT_OF_RANGE)
            yield _Item(delivery, entry(delivery.event))
        except Unprocessable as unprocessable:
            stored.refused.append(delivery.dead(unprocessable.reason))


def _split(items: Iterable[_Item]) -> tuple[list[_Item], list[_Item], list[_Item]]:
    """Part the first item of each key, those that use its key elsewhere, and those that repeat one."""
    first: dict[UUID, _Item] = {}
    later = [item for item in items if first.setdefault(item.key, item) is not item]
    places = {first[item.key].place for item in later}
    more: list[_Item] = []
    repeated: list[_Item] = []
    for item in later:
        (repeated if item.place in places else more).append(item)
        places.add(item.place)
    return list(first.values()), more, repeated


async def _record(
    connection: Connection, items: Sequence[_Item]
) -> tuple[list[_Item], list[_Item]]:
    """Record items, no key among them twice; return which were added and which were there."""
    if not items:
        return [], []
    keys = await store.record(connection, [item.entry.touchpoint for item in items])
    added = [item for item in items if item.key in keys]
    return added, [item for item in items if item.key not in keys]


async def _record_more(
    connection: Connection, items: Sequence[_Item], present: list[_Item]
) -> list[_Item]:
    """Record items that share keys, no place among them twice; return which were added.

    A key does not tell these apart, so it is asked first which are there. Those join `present`.
    """
    touchpoints = [item.entry.touchpoint for item in items]
    there = await store.present(connection, touchpoints)
    await store.record(connection, touchpoints)
    present += [items[index] for index in sorted(there)]
    return [item for index, item in enumerate(items) if index not in there]


async def _refuse_reused(connection: Connection, again: Sequence[_Item], stored: Stored) -> None:
    """Make dead letters of items that say something else than what stands in their place."""
    if not again:
        return
    touchpoints = [item.entry.touchpoint for item in again]
    for index, first_type, first_payload in await store.differing(connection, touchpoints):
        if not touchpoints[index].says(first_type, first_payload):
            stored.refused.append(again[index].delivery.dead(Reason.ID_REUSED))


def _news(touchpoint: Touchpoint) -> News:
    return News(touchpoint.subject, touchpoint.place[1:])


async def _withdraw(connection: Connection, items: Iterable[_Item]) -> None:
    if withdrawals := [item.entry.withdrawal for item in items if item.entry.withdrawal]:
        await store.record_withdrawals(connection, withdrawals)
