"""The measure of precision, on a small city and on made-up moments."""

import pytest

from tests import precision
from tests.precision import Moment
from tests.support.cities import a_city, played
from tests.support.rules import shipped


def test_it_is_the_share_of_proposals_that_were_wanted() -> None:
    found = [
        Moment("birth", ["a", "b", "c"], ["a"], is_told=True),
        Moment("birth", ["d"], ["d"], is_told=True),
    ]

    assert precision.precision(found) == 0.5


def test_in_a_small_city_births_propose_what_parents_then_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    precision.main(["--people", "120", "--events", "3000"])

    assert "birth-of-a-child" in capsys.readouterr().out
    moments = list(precision.moments(played(a_city(people=120), 3_000), shipped()))
    births = [each for each in moments if "scelta-pediatra" in each.proposed]
    assert births
    assert all(len(each.proposed) <= precision.AT for each in moments)
    assert all(each.is_told and "scelta-pediatra" in each.wanted for each in births)
