"""Suggestions: how many are made, shown, followed and dismissed. Percorso's own, not agencies' facts."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from percorso.insights.experience.metric import (
    Aggregation,
    Cell,
    Contribution,
    Family,
    Metric,
    minute,
)


class Kind(StrEnum):
    """What became of a suggestion."""

    MADE = "made"
    SHOWN = "shown"
    FOLLOWED = "followed"
    DISMISSED = "dismissed"


class Happening(NamedTuple):
    """That a suggestion was made, shown, followed or dismissed: of which service, on which channel."""

    kind: Kind
    service: str
    agency: str
    channel: str
    at: datetime


def _metric(kind: Kind, it: str, en: str) -> Metric:
    return Metric(
        f"suggestions-{kind}", unit="suggestions", aggregation=Aggregation.COUNT, it=it, en=en
    )


_METRICS = {
    Kind.MADE: _metric(Kind.MADE, "Suggerimenti formulati.", "Suggestions that were made."),
    Kind.SHOWN: _metric(
        Kind.SHOWN,
        "Suggerimenti mostrati al cittadino, ciascuno una volta.",
        "Suggestions that were shown to the citizen, each once.",
    ),
    Kind.FOLLOWED: _metric(
        Kind.FOLLOWED,
        "Suggerimenti seguiti: il cittadino è passato al servizio.",
        "Suggestions that were followed: the citizen went on to the service.",
    ),
    Kind.DISMISSED: _metric(
        Kind.DISMISSED,
        "Suggerimenti che il cittadino non ha voluto.",
        "Suggestions that the citizen did not want.",
    ),
}


def of_happening(happening: Happening) -> Contribution:
    """Return what it adds: one, in the minute in which it happened."""
    kind, service, agency, channel, at = happening
    return Contribution(Cell(_METRICS[kind].name, minute(at), service, agency, channel, "", ""), 0)


FAMILY = Family(tuple(_METRICS.values()))
