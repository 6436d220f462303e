"""Registrations: no event belongs to two agencies."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.identity.agencies.registrations import (
    CODE_PATTERN,
    SOURCE_PATTERN,
    SourceTaken,
    check_free,
    overlap,
)

_PREFIXES = st.text("ab:", min_size=1, max_size=4)


@given(_PREFIXES, _PREFIXES, st.text("ab:", max_size=6))
def test_free_sources_never_share_an_event(one: str, other: str, source: str) -> None:
    shares = source.startswith(one) and source.startswith(other)

    assert overlap(one, other) == overlap(other, one)
    assert not shares or overlap(one, other)


@pytest.mark.parametrize("asked", ["urn:it:c_a182:", "urn:it:", "urn:it:c_a182:anagrafe"])
def test_source_that_overlaps_is_taken(asked: str) -> None:
    with pytest.raises(SourceTaken):
        check_free(["urn:it:m_lps:", asked], ["urn:x:", "urn:it:c_a182:"])


def test_sources_side_by_side_are_free() -> None:
    check_free(["urn:it:c_a182:", "urn:it:c_a183:"], ["urn:it:c_a18:", "urn:it:c_a1:"])


@pytest.mark.parametrize("code", ["c_a182", "m_lps", "aa", "_9"])
def test_code_of_the_index_is_one(code: str) -> None:
    assert re.fullmatch(CODE_PATTERN, code)


@pytest.mark.parametrize("code", ["C_A182", "a", "a" * 33, "c-a182", "c_a182 ", "c_a182\n", ""])
def test_other_codes_are_refused(code: str) -> None:
    assert not re.fullmatch(CODE_PATTERN, code)


@pytest.mark.parametrize("source", ["ab", "urn: x", "urn:\t", "urn:\0", "urn:à", "u" * 257])
def test_other_sources_are_refused(source: str) -> None:
    assert not re.fullmatch(SOURCE_PATTERN, source)
