"""Days in Italy, and days counted from another."""

from datetime import UTC, date, datetime

import pytest

from percorso.insights.rules.days import LAST, day, later, shifted, today


def test_a_late_evening_in_utc_is_the_next_day_in_italy() -> None:
    assert today(datetime(2026, 5, 9, 22, 30, tzinfo=UTC)) == date(2026, 5, 10)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-05-04", date(2026, 5, 4)),
        ("2026-05-04T23:30:00Z", date(2026, 5, 5)),
        ("2026-05-04T23:30:00+02:00", date(2026, 5, 4)),
        ("2026-05-04T23:30:00", None),
        ("9999-12-31T23:59:59Z", date(9999, 12, 31)),
        ("0001-01-01T00:00+14:00", date(1, 1, 1)),
        ("2026-13-04", None),
        ("soon", None),
        (20260504, None),
        (None, None),
        (datetime(2026, 1, 4, 23, 30, tzinfo=UTC), date(2026, 1, 5)),
    ],
)
def test_the_day_of_a_value(value: object, expected: date | None) -> None:
    assert day(value) == expected


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        ((0, 0, 0), date(2024, 2, 29)),
        ((-1, 0, 0), date(2023, 2, 28)),
        ((4, 0, 0), date(2028, 2, 29)),
        ((0, 1, 2), date(2024, 3, 31)),
        ((0, -2, 0), date(2023, 12, 29)),
        ((0, 12, -1), date(2025, 2, 27)),
    ],
)
def test_a_day_so_far_from_another(offset: tuple[int, int, int], expected: date) -> None:
    assert shifted(date(2024, 2, 29), *offset) == expected


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2024, 2, 28), 2, date(2024, 3, 1)),
        (date(9999, 12, 29), 1, LAST),
        (date(9999, 12, 31), 0, LAST),
        (date(9999, 12, 31), 60, LAST),
    ],
)
def test_no_day_is_later_than_the_last(start: date, days: int, expected: date) -> None:
    assert later(start, days) == expected
