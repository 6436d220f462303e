"""When things happen: the city's clock, its opening hours, and the rhythm of day and week.

Instants are whole milliseconds since 1970, UTC; names of such values end in `_ms`.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from percorso.city.chance import Chance, Weighted

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = date(1970, 1, 1)
_THURSDAY = 3  # what the first of January 1970 was, from Monday = 0

# Local hours in which offices serve, by day of the week: mornings, and two afternoons.
_MORNING = (8 * HOUR + 30 * MINUTE, 12 * HOUR + 30 * MINUTE)
_AFTERNOON = (14 * HOUR + 30 * MINUTE, 16 * HOUR + 45 * MINUTE)
_OPENING: Sequence[Sequence[tuple[int, int]]] = (
    (_MORNING,),
    (_MORNING, _AFTERNOON),
    (_MORNING,),
    (_MORNING, _AFTERNOON),
    (_MORNING,),
    (),
    (),
)
# Month and day of the national holidays that never move.
_HOLIDAYS = frozenset(
    {(1, 1), (1, 6), (4, 25), (5, 1), (6, 2), (8, 15), (11, 1), (12, 8), (12, 25), (12, 26)}
)

# Weights of the hours 0 to 23: people at screens stay up late, offices do not, machines never sleep.
ONLINE = Weighted(*enumerate((3, 2, 1, 1, 1, 1, 3, 6, 10, 12, 12, 11, 9, 10, 10, 10, 9, 9, 9, 10, 13, 15, 12, 7)))  # fmt: skip
OFFICE = Weighted(*enumerate((0, 0, 0, 0, 0, 0, 0, 0, 8, 14, 15, 13, 8, 1, 6, 9, 6, 1, 0, 0, 0, 0, 0, 0)))  # fmt: skip
TRAVEL = Weighted(*enumerate((1, 1, 0, 0, 0, 2, 6, 15, 13, 6, 4, 5, 7, 8, 5, 5, 8, 13, 11, 6, 3, 2, 2, 1)))  # fmt: skip
NIGHTLY = Weighted(*enumerate((5, 8, 8, 6, 4, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3)))  # fmt: skip
EVENLY = Weighted(*((hour, 1) for hour in range(24)))

# How much of a working day's life there is on each day, Monday first.
WEEK = (1.15, 1.1, 1.05, 1.1, 1.0, 0.65, 0.5)


def start_of(day: date) -> int:
    """Give the instant at which a day begins, in UTC."""
    return (day - _EPOCH).days * DAY


def weekday(at_ms: int) -> int:
    """Give the local day of the week, Monday = 0."""
    return (local(at_ms) // DAY + _THURSDAY) % 7


def local(at_ms: int) -> int:
    """Give what clocks in the city show, as milliseconds since 1970."""
    return at_ms + _offset(at_ms // HOUR)


def moment(day_ms: int, rhythm: Weighted[int], chance: Chance) -> int:
    """Draw an instant of the day by the rhythm; never before the day begins."""
    shown = chance.among(rhythm) * HOUR + chance.whole(0, HOUR - 1)
    return day_ms + (shown - _offset(day_ms // HOUR)) % DAY


def opening(at_ms: int, chance: Chance) -> int:
    """Give the instant itself if offices serve then, else one of their next hours."""
    shown = local(at_ms)
    day = shown // DAY
    while True:
        for begins, ends in () if _is_holiday(day) else _OPENING[(day + _THURSDAY) % 7]:
            if shown < day * DAY + ends:
                wait = day * DAY + begins - shown
                if wait <= 0:
                    return at_ms
                opened = at_ms + wait + chance.whole(0, ends - begins - 1)
                # Clocks may have been changed on the way.
                return opened + _offset(at_ms // HOUR) - _offset(opened // HOUR)
        day += 1


def morning(at_ms: int, chance: Chance) -> int:
    """Give the instant itself by day, else one of the following morning."""
    shown = local(at_ms) % DAY
    return at_ms if 7 * HOUR <= shown < 22 * HOUR else at_hour(at_ms, 8) + chance.whole(0, HOUR)


def at_hour(at_ms: int, hour: int) -> int:
    """Give the instant at which clocks show that hour next."""
    return at_ms + (hour * HOUR - local(at_ms)) % DAY


def instant_text(at_ms: int, *, is_local: bool = True) -> str:
    """Write an instant as RFC 3339 with milliseconds, as a clock in the city or in UTC shows it."""
    offset = _offset(at_ms // HOUR) if is_local else 0
    day, rest = divmod(at_ms + offset, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    zone = f"+{offset // HOUR:02}:00" if is_local else "Z"
    return f"{date_text(day)}T{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}{zone}"


def day_text(at_ms: int) -> str:
    """Write the local date of an instant."""
    return date_text(local(at_ms) // DAY)


@lru_cache(maxsize=4096)
def date_text(day: int) -> str:
    """Write the date that is so many days after the first of January 1970."""
    return (_EPOCH + timedelta(days=day)).isoformat()


def year(at_ms: int) -> str:
    """Write the local year of an instant."""
    return day_text(at_ms)[:4]


@lru_cache(maxsize=4096)
def _is_holiday(day: int) -> bool:
    moved = _EPOCH + timedelta(days=day)
    return (moved.month, moved.day) in _HOLIDAYS


@lru_cache(maxsize=4096)
def _offset(hour: int) -> int:
    """Give how far the city's clocks are ahead of UTC in this hour since 1970.

    The rule of directive 2000/84/EC, so that no time zone table of the machine counts: summer time
    from the last Sunday of March to the last of October, at one o'clock UTC.
    """
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)
    is_summer = _last_sunday(instant.year, 3) <= instant < _last_sunday(instant.year, 10)
    return 2 * HOUR if is_summer else HOUR


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)
