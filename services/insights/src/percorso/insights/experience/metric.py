"""What a metric is, and the one thing that facts add to metrics: contributions. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from percorso.events.catalogue import CATALOGUE
from percorso.events.vocabularies import CHANNELS
from percorso.insights.facts.rows import Fact


class Aggregation(StrEnum):
    """What is said of the contributions of a window."""

    COUNT = "count"  # how many, and how many in each part
    DURATION = "duration"  # how many, their sum in milliseconds, mean, p50 and p95
    RATING = "rating"  # how many, their sum, mean, and how many of each rating


@dataclass(frozen=True, slots=True)
class Metric:
    """One number that people look at: its name, unit, and what it measures in two languages."""

    name: str
    unit: str
    aggregation: Aggregation
    it: str
    en: str


class Cell(NamedTuple):
    """What counts are kept by, in the order of the table's key; `""` where a fact names none."""

    metric: str
    minute: datetime
    service: str
    agency: str
    channel: str
    area: str
    bucket: str


class Contribution(NamedTuple):
    """One thing that is counted, with its value in the metric's unit, a whole number."""

    cell: Cell
    value: int


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics that are made of the same facts, and how.

    `of_fact` says what one fact adds; `of_matter` what the facts of one citizen's matter add
    together, which come in the order in which they occurred. Both see facts of `types` alone (all
    if there are none named), depend on nothing else, and must not fail, whatever a fact holds.
    """

    metrics: tuple[Metric, ...]
    types: frozenset[str] = field(default_factory=frozenset)
    of_fact: Callable[[Fact], Iterable[Contribution]] | None = None
    of_matter: Callable[[Sequence[Fact]], Iterable[Contribution]] | None = None


def types(*nouns_and_verbs: str) -> frozenset[str]:
    """Return the types of the catalogue that these name; KeyError for one that it does not have."""
    names = (f"eu.percorso.{each}.v1" for each in nouns_and_verbs)
    return frozenset(CATALOGUE[name].name for name in names)


def minute(instant: datetime) -> datetime:
    """Return where the minute of an instant begins."""
    return instant.replace(second=0, microsecond=0)


def counted(
    metric: Metric, fact: Fact, *, at: datetime | None = None, bucket: str = "", value: int = 0
) -> Contribution:
    """Return a contribution under what a fact names, in its minute or in that of `at`."""
    cell = Cell(
        metric.name,
        minute(at or fact.occurred_at),
        fact.service or "",
        fact.agency,
        _channel(fact),
        fact.area or "",
        bucket,
    )
    return Contribution(cell, value)


def _channel(fact: Fact) -> str:
    # A code that the vocabulary does not have came past the door: it may have any length.
    return fact.channel if fact.channel and fact.channel in CHANNELS else ""
