"""The stream: stories merged lazily in the order in which they are sent."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from percorso.city.calendar import DAY
from percorso.city.city import City, Step, Telling
from percorso.city.noise import Sending
from percorso.city.plan import stories_of, volume_for
from percorso.city.truth import TruthLine


class Slot(NamedTuple):
    """Stories that begin before `until_ms`; those of all later slots send nothing before it."""

    stories: Iterable[Telling]
    until_ms: int


Note = Callable[[TruthLine], None]


def merge(slots: Iterable[Slot]) -> Iterator[Step]:
    """Yield what all stories send, in order; held is only what is on its way in open stories."""
    waiting: list[Step] = []
    for slot in slots:
        for told in slot.stories:
            waiting += told.steps
        heapq.heapify(waiting)
        while waiting and waiting[0].sent_ms < slot.until_ms:
            yield heapq.heappop(waiting)
    while waiting:
        yield heapq.heappop(waiting)


def events(city: City, count: int, note: Note) -> Iterator[Sending]:
    """Yield exactly so many events, duplicates counted; every story among them is whole.

    `note` is given the truth about a story before the first of its events is yielded.
    """
    return (step for step in steps(city, count, note) if isinstance(step, Sending))


def steps(city: City, count: int, note: Note) -> Iterator[Step]:
    """Yield so many events as `events` does, and between them what is claimed of their people."""
    volume = volume_for(count, len(city.people))
    left = count

    def whole(stories: Iterable[Telling]) -> Iterator[Telling]:
        nonlocal left
        for told in stories:
            if len(told.sendings) <= left:
                left -= len(told.sendings)
                for line in told.lines:
                    note(line)
                yield told

    def days() -> Iterator[Slot]:
        day = 0
        while left:
            until_ms = city.start_ms + (day + 1) * DAY
            yield Slot(whole(stories_of(city, volume, day)), until_ms)
            day += 1

    return merge(days())
