"""Stores what a batch of events adds to timelines."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

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
        items = list(_readable(deliveries, bounds, stored))
        first, repeated = _split(items)
        if not first:
            return stored
        places = await store.record(connection, [item.entry.touchpoint for item in first])
        added = [item for item in first if item.entry.touchpoint.place in places]
        present = [item for item in first if item.entry.touchpoint.place not in places]
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


def _split(items: Iterable[_Item]) -> tuple[list[_Item], list[_Item]]:
    """Part the first item of each place from those that repeat it within the batch."""
    first: dict[object, _Item] = {}
    repeated = [
        item for item in items if first.setdefault(item.entry.touchpoint.place, item) is not item
    ]
    return list(first.values()), repeated


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
