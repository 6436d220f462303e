"""Live: stories that begin minute after minute, at a rate, and pass so fast that one can watch them."""

from collections.abc import Iterator

from percorso.city.calendar import MINUTE, SECOND
from percorso.city.chance import Chance, Weighted
from percorso.city.city import City, Moment, Part, Telling
from percorso.city.everyday import contacts
from percorso.city.plan import report
from percorso.city.repertoire import (
    BIRTH,
    BUILDING_PERMIT,
    EVERYDAY,
    MOVING_HOUSE,
    PARKING_FINE,
    WASTE_SERVICE,
    Kind,
)

PACE = 20_000.0  # a day of waiting takes 4 s, the longest journey a quarter of an hour
LONGEST = 30 * MINUTE
EVENTS_PER_STORY = 4.4  # measured; a test keeps it true

BURST_EVERY = 20  # minutes, every second time
BURST_LASTS = 40 * SECOND
BURST_SHARE = 0.3  # of a minute's stories

_KINDS: Weighted[Kind] = Weighted(
    *EVERYDAY,
    (PARKING_FINE, 12),
    (WASTE_SERVICE, 9),
    (MOVING_HOUSE, 6),
    (BUILDING_PERMIT, 3),
    (BIRTH, 1),
)


def stories_of(city: City, minute: int, events_per_s: float) -> Iterator[Telling]:
    """Tell the stories that begin in a minute since 1970; a higher rate adds to the same ones."""
    begins_ms = minute * MINUTE
    chance = city.chance("minute", minute)
    a_minute = events_per_s * 60 / EVENTS_PER_STORY
    serial = minute - city.start_ms // MINUTE
    for number in range(int(a_minute + chance.share())):
        part = Part(f"live/{minute}/{number}", f"L{serial}{number:05}", PACE)
        yield city.tell(_KINDS, _within(begins_ms), part)
    if _has_burst(city, minute):
        plot = "|".join(contacts.something_breaks(chance))
        for number in range(int(a_minute * BURST_SHARE)):
            yield report(city, begins_ms, plot, number, pace=PACE, lasts=BURST_LASTS)


def _has_burst(city: City, minute: int) -> bool:
    block, place = divmod(minute, BURST_EVERY)
    return city.chance("burst", block).whole(0, 2 * BURST_EVERY - 1) == place


def _within(begins_ms: int) -> Moment:
    def moment(_: Weighted[int], chance: Chance) -> int:
        return begins_ms + chance.whole(0, MINUTE - 1)

    return moment
