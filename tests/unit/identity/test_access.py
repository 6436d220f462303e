"""Entries of the access log and the cursors over them."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.identity.access.cursor import InvalidCursor, decode, encode
from percorso.identity.access.entries import release
from percorso.identity.subjects import pseudonyms
from tests.support.events import a_subject

KEY = pseudonyms.cursor_key(b"percorso test key, never in use!")
SUBJECT, OTHER = a_subject(1), a_subject(2)
REASON: dict[str, Any] = {
    "subject": SUBJECT,
    "who": "service:notifications",
    "action": "email-released",
    "purpose": "feedback",
    "reference": "message-1",
}
ACCESS = release(**REASON)
PLACE = (datetime(2026, 5, 4, 10, 0, 0, 120, tzinfo=UTC), ACCESS.id)


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_a_place_is_read_back(at: datetime, entry_id: UUID) -> None:
    assert decode(KEY, SUBJECT, encode(KEY, SUBJECT, (at, entry_id))) == (at, entry_id)


@given(st.data())
def test_a_changed_cursor_is_refused(data: st.DataObject) -> None:
    raw = bytearray(urlsafe_b64decode(encode(KEY, SUBJECT, PLACE)))
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8

    with pytest.raises(InvalidCursor):
        decode(KEY, SUBJECT, urlsafe_b64encode(raw).decode())


@given(st.text(max_size=80))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode(KEY, SUBJECT, text)


def test_a_cursor_is_of_one_subject() -> None:
    with pytest.raises(InvalidCursor):
        decode(KEY, OTHER, encode(KEY, SUBJECT, PLACE))


def test_an_access_is_the_same_only_for_the_same_reason() -> None:
    others: list[dict[str, Any]] = [
        {"subject": OTHER},
        {"who": "service:insights"},
        {"action": "phone-released"},
        {"purpose": "profiling"},
        {"reference": "message-2"},
    ]

    assert release(**REASON).id == ACCESS.id
    assert len({release(**(REASON | each)).id for each in [{}, *others]}) == 6


def test_the_key_of_cursors_is_none_that_is_known() -> None:
    subject_key = b"percorso test key, never in use!"

    assert KEY not in {subject_key, pseudonyms.check_value(subject_key)}
