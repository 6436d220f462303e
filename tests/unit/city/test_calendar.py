"""The calendar: the city's clock, opening hours, and texts."""

from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from percorso.city import calendar
from percorso.city.calendar import DAY, HOUR
from percorso.city.chance import Chance

INSTANTS = st.integers(min_value=0, max_value=4_000_000_000_000)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("instant", "shown"),
    [
        ("2026-01-15T12:00:00Z", "2026-01-15T13:00:00.000+01:00"),
        ("2026-03-29T00:59:59Z", "2026-03-29T01:59:59.000+01:00"),
        ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00.000+02:00"),
        ("2026-10-25T00:59:59Z", "2026-10-25T02:59:59.000+02:00"),
        ("2026-10-25T01:00:00Z", "2026-10-25T02:00:00.000+01:00"),
        ("2026-12-31T23:30:00Z", "2027-01-01T00:30:00.000+01:00"),
    ],
)
def test_clocks_show_summer_time_as_the_directive_says(instant: str, shown: str) -> None:
    assert calendar.instant_text(ms(instant)) == shown


@given(at_ms=INSTANTS, is_local=st.booleans())
def test_an_instants_text_says_the_same_instant(at_ms: int, is_local: bool) -> None:  # noqa: FBT001
    text = calendar.instant_text(at_ms, is_local=is_local)

    assert datetime.fromisoformat(text) == datetime.fromtimestamp(at_ms // 1000, UTC).replace(
        microsecond=at_ms % 1000 * 1000
    )


@example(at_ms=7385400000, seed=-3)  # clocks are changed before offices open again
@given(at_ms=INSTANTS, seed=st.integers())
def test_offices_open_later_and_on_working_days(at_ms: int, seed: int) -> None:
    opened = calendar.opening(at_ms, Chance(seed))

    assert at_ms <= opened < at_ms + 6 * DAY
    assert calendar.weekday(opened) < 5
    assert 8 * HOUR < calendar.local(opened) % DAY < 17 * HOUR
    assert calendar.opening(opened, Chance(seed)) == opened


@given(at_ms=INSTANTS, seed=st.integers())
def test_morning_is_now_by_day_and_soon_at_night(at_ms: int, seed: int) -> None:
    woken = calendar.morning(at_ms, Chance(seed))

    assert at_ms <= woken < at_ms + 11 * HOUR + HOUR
    assert 7 * HOUR <= calendar.local(woken) % DAY < 22 * HOUR


@given(day=st.integers(min_value=0, max_value=40_000), seed=st.integers())
def test_a_moment_lies_within_its_day(day: int, seed: int) -> None:
    at_ms = calendar.moment(day * DAY, calendar.ONLINE, Chance(seed))

    assert day * DAY <= at_ms < (day + 1) * DAY
