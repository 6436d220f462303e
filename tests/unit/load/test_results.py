"""The bench's arithmetic: a wrong median or a budget read backwards would flatter for ever."""

import pytest

from tests.load.results import Budget, Figure, Spread, interleaved, percentile, ratios


def test_rounds_are_interleaved() -> None:
    order: list[str] = []

    def measure(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = interleaved(2, {"ours": lambda: measure("ours"), "limit": lambda: measure("limit")})

    assert order == ["ours", "limit", "ours", "limit"]
    assert taken == {"ours": [1.0, 3.0], "limit": [2.0, 4.0]}


def test_a_ratio_is_made_within_its_round() -> None:
    assert ratios([10.0, 100.0, 30.0], [5.0, 10.0, 10.0]) == Spread(3.0, 2.0, 10.0)


@pytest.mark.parametrize(
    ("budget", "value", "verdict"),
    [
        (Budget(3.0, 2.0), 1.9, "stretch"),
        (Budget(3.0, 2.0), 3.0, "met"),
        (Budget(3.0, 2.0), 3.1, "missed"),
        (Budget(0.6, 0.8, at_least=True), 0.9, "stretch"),
        (Budget(0.6, 0.8, at_least=True), 0.6, "met"),
        (Budget(0.6, 0.8, at_least=True), 0.5, "missed"),
        (Budget(3.0), 0.1, "met"),
    ],
)
def test_a_budget_is_an_upper_or_a_lower_bound(budget: Budget, value: float, verdict: str) -> None:
    assert budget.judge(value) == verdict


def test_a_figure_whose_gate_did_not_hold_is_void_whatever_its_value() -> None:
    figure = Figure("ingest", "x", Spread.of([1.0]), budget=Budget(3.0), void="9 of 10 were stored")

    assert figure.verdict == "VOID"


def test_percentiles_are_by_nearest_rank() -> None:
    values = [float(number) for number in range(100, 0, -1)]

    assert (percentile(values, 0.5), percentile(values, 0.99)) == (51.0, 100.0)
    assert percentile([7.0], 0.99) == 7.0
