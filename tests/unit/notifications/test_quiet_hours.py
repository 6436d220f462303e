"""Quiet hours on the clocks of Italy, over midnight and over changes of the clock."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from percorso.notifications.preferences.quiet_hours import DEFAULT, ROME, QuietHours, quiet_until

Y2020 = datetime(2020, 1, 1, tzinfo=UTC)
SPRING = datetime(2026, 3, 29, 1, tzinfo=UTC)  # 02:00 becomes 03:00
AUTUMN = datetime(2026, 10, 25, 1, tzinfo=UTC)  # 03:00 becomes 02:00


def _rome(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ROME).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-05-04T20:59:59", None),
        ("2026-05-04T21:00:00", "2026-05-05T08:00:00"),
        ("2026-05-04T23:59:59", "2026-05-05T08:00:00"),
        ("2026-05-05T00:00:00", "2026-05-05T08:00:00"),
        ("2026-05-05T07:59:59", "2026-05-05T08:00:00"),
        ("2026-05-05T08:00:00", None),
        ("2026-03-28T22:00:00", "2026-03-29T08:00:00"),
        ("2026-10-24T22:00:00", "2026-10-25T08:00:00"),
    ],
)
def test_by_default_it_is_quiet_from_nine_in_the_evening_to_eight(
    now: str, until: str | None
) -> None:
    assert quiet_until(DEFAULT, _rome(now)) == (until and _rome(until))


def test_a_night_with_a_change_of_the_clock_is_an_hour_shorter_or_longer() -> None:
    spring = quiet_until(DEFAULT, _rome("2026-03-28T21:00:00"))
    autumn = quiet_until(DEFAULT, _rome("2026-10-24T21:00:00"))

    assert spring == _rome("2026-03-28T21:00:00") + timedelta(hours=10)
    assert autumn == _rome("2026-10-24T21:00:00") + timedelta(hours=12)


def test_hours_within_a_day_and_no_hours() -> None:
    siesta = QuietHours(time(13), time(15, 30))

    assert quiet_until(siesta, _rome("2026-05-04T14:00:00")) == _rome("2026-05-04T15:30:00")
    assert quiet_until(siesta, _rome("2026-05-04T15:30:00")) is None
    assert quiet_until(None, _rome("2026-05-04T03:00:00")) is None


def test_an_end_that_the_clock_shows_twice_is_the_later_one() -> None:
    hours = QuietHours(time(22), time(2, 30))

    assert quiet_until(hours, AUTUMN - timedelta(minutes=20)) == AUTUMN + timedelta(minutes=30)


def test_an_end_that_the_clock_leaves_out_is_the_later_one() -> None:
    hours = QuietHours(time(22), time(2, 30))

    assert quiet_until(hours, SPRING - timedelta(minutes=20)) == SPRING + timedelta(minutes=30)


minutes = st.times().map(lambda each: each.replace(second=0, microsecond=0))
hours_of_day = st.builds(QuietHours, minutes, minutes).filter(lambda each: each.begin != each.end)
instants = st.one_of(
    st.integers(0, 15 * 366 * 24 * 60).map(lambda each: Y2020 + timedelta(minutes=each)),
    st.integers(-1_500, 1_500).map(lambda each: SPRING + timedelta(minutes=each)),
    st.integers(-1_500, 1_500).map(lambda each: AUTUMN + timedelta(minutes=each)),
)


@given(hours_of_day, instants)
@example(QuietHours(time(2, 30), time(2, 45)), SPRING)
@example(QuietHours(time(2, 30), time(2, 45)), AUTUMN - timedelta(minutes=20))
def test_nothing_rings_while_the_clock_on_the_wall_is_within_the_hours(
    hours: QuietHours, now: datetime
) -> None:
    wall = now.astimezone(ROME).time()
    if hours.begin < hours.end:
        is_within = hours.begin <= wall < hours.end
    else:
        is_within = wall >= hours.begin or wall < hours.end

    until = quiet_until(hours, now)

    assert until is not None or not is_within
    assert until is None or now < until <= now + timedelta(hours=25)
