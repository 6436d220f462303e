"""What a window shows, and what it does not."""

import pytest

from percorso.insights.experience.definitions import METRICS
from percorso.insights.experience.metric import Metric
from percorso.insights.experience.summaries import summary

DESK_WAIT, SATISFACTION, TOUCHPOINTS, COMPLAINTS = (
    METRICS[name] for name in ("desk-wait", "satisfaction", "touchpoints", "complaints")
)


def test_durations_show_count_sum_mean_and_percentiles() -> None:
    said = summary(DESK_WAIT, {"60": (19, 1140), "991": (1, 1000)}, is_close=True)

    assert said == {"count": 20, "sum": 2140, "mean": 107.0, "p50": 60, "p95": 60}


def test_ratings_show_how_many_of_each() -> None:
    said = summary(SATISFACTION, {"5": (2, 10), "1": (1, 1)}, is_close=True)

    assert said == {"count": 3, "sum": 11, "mean": 3.667, "parts": {"1": 1, "5": 2}}


@pytest.mark.parametrize("metric", [DESK_WAIT, SATISFACTION])
def test_values_of_fewer_than_three_are_withheld_everywhere(metric: Metric) -> None:
    assert summary(metric, {"4": (2, 8)}, is_close=False) == {"count": 2, "withheld": True}


@pytest.mark.parametrize("metric", [DESK_WAIT, SATISFACTION, TOUCHPOINTS, COMPLAINTS])
def test_close_to_a_person_it_is_withheld_too_that_there_were_so_few(metric: Metric) -> None:
    assert summary(metric, {"4": (2, 8)}, is_close=True) == {"count": None, "withheld": True}


@pytest.mark.parametrize("metric", [DESK_WAIT, SATISFACTION, TOUCHPOINTS, COMPLAINTS])
def test_that_there_was_nothing_is_said(metric: Metric) -> None:
    assert summary(metric, {}, is_close=True) == {"count": 0}


def test_counts_show_their_parts_and_close_to_a_person_only_the_large_ones() -> None:
    parts = {"desk": (4, 0), "call": (1, 0)}

    assert summary(TOUCHPOINTS, parts, is_close=False) == {
        "count": 5,
        "parts": {"call": 1, "desk": 4},
    }
    assert summary(TOUCHPOINTS, parts, is_close=True) == {
        "count": 5,
        "parts": {"desk": 4},
        "withheld": True,
    }


def test_what_has_no_parts_shows_none() -> None:
    assert summary(COMPLAINTS, {"": (3, 0)}, is_close=True) == {"count": 3}
