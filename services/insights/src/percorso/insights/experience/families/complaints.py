"""Complaints: how many are filed."""

from collections.abc import Iterator

from percorso.insights.experience.metric import (
    Aggregation,
    Contribution,
    Family,
    Metric,
    counted,
    types,
)
from percorso.insights.facts.rows import Fact

COMPLAINTS = Metric(
    "complaints",
    unit="complaints",
    aggregation=Aggregation.COUNT,
    it="Reclami presentati.",
    en="Complaints that were filed.",
)


def _of_fact(fact: Fact) -> Iterator[Contribution]:
    yield counted(COMPLAINTS, fact)


FAMILY = Family((COMPLAINTS,), types("complaint.filed"), of_fact=_of_fact)
