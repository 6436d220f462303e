"""Small values: cursors of an inbox, and how quiet hours are written."""

from datetime import UTC, datetime, time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.inbox import cursor
from percorso.notifications.inbox.cursor import InvalidCursor, Place
from percorso.notifications.preferences.preferences import read, written
from percorso.notifications.preferences.quiet_hours import DEFAULT, QuietHours
from tests.support.events import a_subject

KEY = b"for tests only, never in use!!!!"
places = st.builds(Place, st.datetimes(timezones=st.just(UTC)), st.uuids())
PLACE = Place(datetime(2026, 5, 4, 12, tzinfo=UTC), UUID(int=7))


@given(places)
def test_a_cursor_is_read_back(place: Place) -> None:
    assert cursor.decode(KEY, a_subject(), cursor.encode(KEY, a_subject(), place)) == place


def test_a_cursor_is_for_one_citizen_and_of_one_key() -> None:
    given = cursor.encode(KEY, a_subject(), PLACE)

    for key, subject in ((KEY, a_subject(2)), (b"another", a_subject())):
        with pytest.raises(InvalidCursor):
            cursor.decode(key, subject, given)


@given(st.integers(0, 39), st.integers(1, 255))
def test_an_altered_cursor_is_refused(at: int, change: int) -> None:
    from base64 import urlsafe_b64decode, urlsafe_b64encode  # noqa: PLC0415 - of this test alone

    raw = bytearray(urlsafe_b64decode(cursor.encode(KEY, a_subject(), PLACE)))
    raw[at] ^= change

    with pytest.raises(InvalidCursor):
        cursor.decode(KEY, a_subject(), urlsafe_b64encode(raw).decode())


@given(st.text(max_size=80))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        cursor.decode(KEY, a_subject(), text)


def test_quiet_hours_are_written_as_the_contract_has_them() -> None:
    assert written(DEFAULT) == "21:00-08:00"
    assert read("21:00-08:00") == DEFAULT
    assert (written(None), read(None)) == (None, None)
    assert read("00:00-06:30") == QuietHours(time(0), time(6, 30))


@pytest.mark.parametrize(
    "text", ["", "21-8", "21:00-24:00", "9:00-10:00", "21:00-08:00\n", "08:00-08:00", "21:60-08:00"]
)
def test_other_texts_are_no_quiet_hours(text: str) -> None:
    with pytest.raises(ValueError, match="quiet hours"):
        read(text)
