"""Buckets of durations: where they begin, and how near their quantiles are."""

from collections import Counter
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.insights.experience.durations import BOUNDS, ERROR, bucket, quantile

# To a thousand years: nobody reports more, whatever their clock says.
_DURATIONS = st.one_of(st.integers(0, 200), st.integers(0, 31_536_000_000_000))


@given(_DURATIONS)
def test_a_duration_is_in_the_bucket_that_begins_at_it_or_last_before(duration_ms: int) -> None:
    begin = int(bucket(duration_ms))

    assert begin in BOUNDS
    assert begin <= duration_ms
    assert not any(begin < bound <= duration_ms for bound in BOUNDS)


@given(st.lists(_DURATIONS, min_size=1), st.sampled_from([0.5, 0.95, 1]))
def test_a_quantile_is_as_near_the_true_one_as_is_said(recorded: list[int], share: float) -> None:
    true = sorted(recorded)[ceil(share * len(recorded)) - 1]

    found = quantile(Counter(map(bucket, recorded)), share)

    assert abs(found - true) <= ERROR * true


def test_the_error_that_is_said_is_small() -> None:
    assert ERROR < 0.046


def test_there_is_no_quantile_of_nothing() -> None:
    with pytest.raises(ValueError, match="no duration"):
        quantile({}, 0.5)


def test_what_a_datetime_can_differ_by_has_a_bucket_with_a_middle() -> None:
    longest_ms = 9_999 * 366 * 86_400_000

    assert quantile({bucket(longest_ms): 1}, 0.5) == pytest.approx(longest_ms, rel=ERROR)
