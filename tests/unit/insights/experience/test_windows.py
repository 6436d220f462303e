"""Windows of time: whole ones, in their number and place, on days when the clock changes too."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.insights.experience.windows import ROME, By, bounds

_INSTANTS = st.timedeltas(timedelta(0), timedelta(days=15_000)).map(
    lambda after: datetime(1995, 1, 1, tzinfo=UTC) + after
)


def _days(first: str, last: str) -> list[datetime]:
    since, until = (datetime.fromisoformat(day).replace(tzinfo=ROME) for day in (first, last))
    return list(bounds(since, until, By.DAY))


@pytest.mark.parametrize(
    ("day", "next_day", "hours"),
    [("2026-03-29", "2026-03-30", 23), ("2026-10-25", "2026-10-26", 25), ("2026-05-04", "2026-05-05", 24)],
)  # fmt: skip
def test_a_day_of_rome_has_as_many_hours_as_its_clock_says(
    day: str, next_day: str, hours: int
) -> None:
    begin, end = _days(day, next_day)

    assert end - begin == timedelta(hours=hours)
    assert len(list(bounds(begin, end, By.HOUR))) - 1 == hours
    assert len(list(bounds(begin, end, By.MINUTE))) - 1 == hours * 60


def test_a_day_begins_at_midnight_in_rome_and_is_said_in_utc() -> None:
    assert _days("2026-07-01", "2026-07-02") == [
        datetime(2026, 6, 30, 22, tzinfo=UTC),
        datetime(2026, 7, 1, 22, tzinfo=UTC),
    ]


def test_windows_are_whole_and_hold_the_first_and_the_last_moment() -> None:
    since = datetime(2026, 5, 4, 10, 59, 59, 999_999, tzinfo=UTC)

    found = list(bounds(since, since + timedelta(microseconds=2), By.HOUR))

    assert [bound.hour for bound in found] == [10, 11, 12]


@given(_INSTANTS, st.timedeltas(timedelta(microseconds=1), timedelta(days=900)), st.sampled_from([By.HOUR, By.DAY]))  # fmt: skip
def test_windows_follow_each_other_without_gap_and_begin_on_the_clock_of_rome(
    since: datetime, lasting: timedelta, by: By
) -> None:
    until = since + lasting
    found = list(bounds(since, until, by))

    assert found[0] <= since < found[1]
    assert found[-2] < until <= found[-1]
    for begin, end in pairwise(found):
        local = begin.astimezone(ROME)
        assert (local.minute, local.second, local.microsecond) == (0, 0, 0)
        assert by is By.HOUR or local.hour == 0
        assert timedelta(hours=1) <= end - begin <= timedelta(hours=25)
