"""When it happened: any offset, and not any time."""

from datetime import UTC, timedelta

import pytest

from percorso.events import limits
from tests.support.doors import (
    NOW,
    an_event,
    judged,
    written,
)
from tests.unit.identity.door.refusing import of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-04T10:00:00Z", "2026-05-04T10:00:00+00:00"),
        ("2026-05-04t10:00:00z", "2026-05-04T10:00:00+00:00"),
        ("2026-05-04T10:00:00-00:00", "2026-05-04T10:00:00+00:00"),
        ("2026-05-04T12:00:00+02:00", "2026-05-04T10:00:00+00:00"),
        ("2026-05-04T09:59:00+23:59", "2026-05-03T10:00:00+00:00"),
        ("2026-05-03T10:01:00-23:59", "2026-05-04T10:00:00+00:00"),
        ("2026-05-04T10:00:00.1Z", "2026-05-04T10:00:00.100000+00:00"),
        ("2026-05-04T10:00:00.123456Z", "2026-05-04T10:00:00.123456+00:00"),
        ("2026-05-04T10:00:00.123456789Z", "2026-05-04T10:00:00.123457+00:00"),
        ("2025-12-31T23:59:59.9999999Z", "2026-01-01T00:00:00+00:00"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00+00:00"),
    ],
)
def test_a_time_of_any_offset_is_kept_as_utc_in_microseconds(text: str, expected: str) -> None:
    event = judged(written(an_event(time=text)))

    assert event.time.isoformat() == expected
    assert event.time.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-05-04",
        "2026-05-04T10:00:00",
        "2026-05-04T10:00Z",
        "2026-05-04T24:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-05-04T10:00:00+24:00",
        "2026-05-04T10:00:00+02:60",
        "2026-05-04T10:00:00,5Z",
        "20260504T100000Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.9999999Z",
        "yesterday",
        "1777889000",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    assert of(an_event(time=text)) == ("invalid-event", "/time")


@pytest.mark.parametrize("text", ["2016-12-31T23:59:60Z", "2026-05-04T10:00:60Z"])
def test_a_leap_second_cannot_be_kept_and_is_refused(text: str) -> None:
    assert of(an_event(time=text)) == ("invalid-event", "/time")


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00-23:59",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59+23:59",
    ],
)
def test_the_ends_of_time_are_over_the_limit(text: str) -> None:
    assert of(an_event(time=text)) == ("over-limit", "/time")


@pytest.mark.parametrize(
    "from_now",
    [
        timedelta(minutes=10, seconds=-1),
        timedelta(minutes=10),
        timedelta(days=1) - limits.RETENTION,
        -limits.RETENTION,
    ],
)
def test_a_time_within_thirty_years_and_ten_minutes_is_accepted(from_now: timedelta) -> None:
    event = an_event(time=(NOW + from_now).isoformat())

    assert judged(written(event)).time == NOW + from_now


@pytest.mark.parametrize(
    "from_now",
    [
        timedelta(minutes=10, microseconds=1),
        timedelta(minutes=10, seconds=1),
        timedelta(microseconds=-1) - limits.RETENTION,
        timedelta(days=-1) - limits.RETENTION,
    ],
)
def test_a_time_beyond_is_over_the_limit(from_now: timedelta) -> None:
    event = an_event(time=(NOW + from_now).isoformat())

    assert of(event) == ("over-limit", "/time")
