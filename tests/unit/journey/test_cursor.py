"""Signed cursors."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.journey.timelines.cursor import InvalidCursor, Place, decode, encode

KEY = b"k" * 32
places = st.tuples(
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),  # noqa: DTZ001
    st.integers(0, 2**63 - 1),
    st.uuids(),
    st.uuids(),
)
A_PLACE = (datetime(2026, 5, 4, tzinfo=UTC), 7, UUID(int=3), UUID(int=4))


@given(places, st.binary())
def test_a_cursor_gives_its_place_back(place: Place, scope: bytes) -> None:
    assert decode(KEY, scope, encode(KEY, scope, place)) == place


@given(st.binary(max_size=20), st.binary(max_size=20))
def test_a_cursor_of_another_scope_is_refused(scope: bytes, other: bytes) -> None:
    cursor = encode(KEY, scope, A_PLACE)
    if scope != other:
        with pytest.raises(InvalidCursor):
            decode(KEY, other, cursor)


@given(st.integers(0, 63), st.integers(1, 255))
def test_a_cursor_with_any_byte_altered_is_refused(at: int, change: int) -> None:
    from base64 import urlsafe_b64decode, urlsafe_b64encode  # noqa: PLC0415 - only here

    raw = bytearray(urlsafe_b64decode(encode(KEY, b"scope", A_PLACE)))
    raw[at] ^= change

    with pytest.raises(InvalidCursor):
        decode(KEY, b"scope", urlsafe_b64encode(raw).decode())


@given(st.text(max_size=80))
def test_whatever_is_sent_as_cursor_it_is_refused(text: str) -> None:
    with pytest.raises(InvalidCursor):
        decode(KEY, b"scope", text)


def test_a_cursor_of_another_key_is_refused() -> None:
    with pytest.raises(InvalidCursor):
        decode(b"x" * 32, b"scope", encode(KEY, b"scope", A_PLACE))
