"""What a figure is: rounds of what was measured and of its limit, a budget, and a gate."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity's median over rounds, and its range."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Take the median and the range of one value for each round."""
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Budget:
    """The limit that the design sets a figure, and what it would be proud of; section 12."""

    bound: float
    stretch: float | None = None
    at_least: bool = False

    def judge(self, value: float) -> str:
        """Say whether the value meets the stretch, the budget or neither."""
        if self.stretch is not None and self._meets(value, self.stretch):
            return "stretch"
        return "met" if self._meets(value, self.bound) else "missed"

    def _meets(self, value: float, bound: float) -> bool:
        return value >= bound if self.at_least else value <= bound


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. `void` says why its correctness gate did not hold; None: it held.

    `value` is what the budget is about: a ratio to the limit of the same round where there is one.
    """

    name: str
    unit: str
    value: Spread
    measured: Mapping[str, Spread] = field(default_factory=dict)
    budget: Budget | None = None
    void: str | None = None

    @property
    def verdict(self) -> str:
        """Say what the figure is worth."""
        if self.void:
            return "VOID"
        return self.budget.judge(self.value.median) if self.budget else ""


def interleaved(rounds: int, measures: Mapping[str, Callable[[], float]]) -> dict[str, list[float]]:
    """Take each measure once a round, so that a slow minute of the machine meets all of them."""
    taken: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            taken[name].append(measure())
    return taken


def ratios(over: Sequence[float], under: Sequence[float]) -> Spread:
    """Divide round by round."""
    return Spread.of([a / b for a, b in zip(over, under, strict=True)])


def spreads(taken: Mapping[str, Sequence[float]]) -> dict[str, Spread]:
    """Sum up each measure's rounds."""
    return {name: Spread.of(values) for name, values in taken.items()}


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which this part of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def document(figure: Figure) -> dict[str, Any]:
    """Return a figure as it is written to the results' file."""

    def numbers(spread: Spread) -> list[float]:
        return [float(f"{value:.4g}") for value in (spread.median, spread.low, spread.high)]

    return {
        "name": figure.name,
        "unit": figure.unit,
        "value": numbers(figure.value),
        "budget": figure.budget and [figure.budget.bound, figure.budget.stretch],
        "at_least": bool(figure.budget and figure.budget.at_least),
        "verdict": figure.verdict,
        "void": figure.void,
        "measured": {name: numbers(spread) for name, spread in figure.measured.items()},
    }
