"""Visitors' codes: nobody else makes one, none is good for long, and none says anything."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.portal.visitors.codes import LIFE, Codes

NOW = datetime(2026, 5, 4, 10, tzinfo=UTC)
CODES = Codes(b"k" * 32, "c_a182")
SECOND = timedelta(seconds=1)


def test_a_code_is_good_for_its_life_and_no_longer() -> None:
    code = CODES.new(NOW)

    assert CODES.is_good(code, NOW)
    assert CODES.is_good(code, NOW + LIFE - SECOND)
    assert not CODES.is_good(code, NOW + LIFE)


def test_no_two_are_equal() -> None:
    assert len({CODES.new(NOW) for _ in range(1_000)}) == 1_000


@given(st.integers(min_value=0, max_value=47), st.integers(min_value=1, max_value=63))
def test_a_changed_code_is_none_of_ours(place: int, by: int) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    code = CODES.new(NOW)
    other = letters[(letters.index(code[place]) + by) % 64]

    assert not CODES.is_good(code[:place] + other + code[place + 1 :], NOW)


@pytest.mark.parametrize(
    "others", [Codes(b"l" * 32, "c_a182"), Codes(b"k" * 32, "c_a183"), Codes(b"k" * 32, "c_a18")]
)
def test_a_code_of_another_key_or_agency_is_none_of_ours(others: Codes) -> None:
    assert not CODES.is_good(others.new(NOW), NOW)


@pytest.mark.parametrize(
    "text", ["", "short", "a" * 47, "a" * 49, "a" * 48, "ä" * 48, "a" * 47 + "=", "a" * 47 + "\n"]
)
def test_what_no_cookie_of_ours_holds_is_no_code(text: str) -> None:
    assert not CODES.is_good(text, NOW)
