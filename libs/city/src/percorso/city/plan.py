"""The plan of days: which stories begin when, so that life goes on at its own pace."""

from collections.abc import Iterator
from dataclasses import dataclass

from percorso.city import calendar
from percorso.city.calendar import DAY, HOUR, MINUTE
from percorso.city.chance import Chance, Weighted
from percorso.city.city import City, Moment, Part, Telling
from percorso.city.everyday import contacts
from percorso.city.repertoire import EVERYDAY, REPORT, ROUND, Kind
from percorso.city.truth import BurstTruth

# Measured over a year of the default city; a test keeps them true.
EVENTS_PER_JOURNEY = 14.7
EVENTS_PER_EVERYDAY = 1.9  # those of bursts spread over all

# Of a city that is left alone, events a person and day.
NATURAL_EVENTS = 0.3
SHORTEST_DAYS, LONGEST_DAYS = 28, 728
# Nobody moves house every week: beyond this, more events are more of everyday life.
MOST_JOURNEY_EVENTS = 0.15  # a person and day
JOURNEYS_SHARE = 0.6  # of the events at most

BURST_EVERY_DAYS = 6
BURST_LASTS = 90 * MINUTE
BURST_SHARE = 0.3  # of a day's everyday stories

_ROUND = tuple(Weighted((kind, 1)) for kind in ROUND)
_EVERYDAY = Weighted(*EVERYDAY)
_REPORT: Weighted[Kind] = Weighted((REPORT, 1))


@dataclass(frozen=True, slots=True)
class Volume:
    """How many stories begin on a day, on average."""

    journeys: float
    everyday: float


def volume_for(events: int, people: int) -> Volume:
    """Give what fills a city of so many people with so many events, within two years."""
    natural_days = events / (NATURAL_EVENTS * people)
    days = min(max(natural_days, SHORTEST_DAYS), LONGEST_DAYS)
    a_day = events / days
    in_journeys = min(JOURNEYS_SHARE * a_day, MOST_JOURNEY_EVENTS * people)
    return Volume(in_journeys / EVENTS_PER_JOURNEY, (a_day - in_journeys) / EVENTS_PER_EVERYDAY)


def stories_of(city: City, volume: Volume, day: int) -> Iterator[Telling]:
    """Tell the stories that begin on a day; none of their events is sent before that day."""
    day_ms = city.start_ms + day * DAY
    chance = city.chance("day", day)
    yield from _burst(city, volume, day_ms, chance)
    for number in range(int(volume.journeys * day), int(volume.journeys * (day + 1))):
        kinds = _ROUND[number % len(_ROUND)]
        yield city.tell(kinds, _on(day_ms), Part(f"journey/{number}", f"{number:06}"))
    busy = volume.everyday * calendar.WEEK[calendar.weekday(day_ms + 12 * HOUR)]
    for number in range(int(busy + chance.share())):
        part = Part(f"everyday/{day}/{number}", f"{day:03}{number:05}")
        yield city.tell(_EVERYDAY, _on(day_ms), part)


def _burst(city: City, volume: Volume, day_ms: int, chance: Chance) -> Iterator[Telling]:
    """Have something break, now and then, for many people of one area at once: told as a whole."""
    if not chance.happens(1 / BURST_EVERY_DAYS):
        return
    what, area = contacts.something_breaks(chance)
    begins_ms = calendar.moment(day_ms, calendar.EVENLY, chance)
    reports = max(8, int(volume.everyday * BURST_SHARE))
    stories = [report(city, begins_ms, f"{what}|{area}", number) for number in range(reports)]
    times = (calendar.instant_text(begins_ms), calendar.instant_text(begins_ms + BURST_LASTS))
    yield Telling(
        begins_ms,
        is_journey=False,
        sendings=[sending for told in stories for sending in told.sendings],
        claims=[claim for told in stories for claim in told.claims],
        lines=[
            *(line for told in stories for line in told.lines),
            BurstTruth(what, area, *times, reports),
        ],
    )


def report(
    city: City,
    begins_ms: int,
    plot: str,
    number: int,
    *,
    pace: float = 1.0,
    lasts: int = BURST_LASTS,
) -> Telling:
    """Tell one report of what broke for many; most come soon after."""

    def moment(_: Weighted[int], chance: Chance) -> int:
        return begins_ms + int(lasts * chance.share() ** 2)

    serial = f"{begins_ms // MINUTE}{number:04}"
    part = Part(f"burst/{begins_ms}/{number}", serial, pace, plot=plot)
    return city.tell(_REPORT, moment, part)


def _on(day_ms: int) -> Moment:
    return lambda rhythm, chance: calendar.moment(day_ms, rhythm, chance)
