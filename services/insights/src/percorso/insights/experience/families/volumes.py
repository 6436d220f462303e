"""Volumes: how many touchpoints there were, of each kind."""

from collections.abc import Iterator

from percorso.events.catalogue import CATALOGUE, WITHDRAWN
from percorso.insights.experience.metric import Aggregation, Contribution, Family, Metric, counted
from percorso.insights.facts.rows import Fact

TOUCHPOINTS = Metric(
    "touchpoints",
    unit="touchpoints",
    aggregation=Aggregation.COUNT,
    it="Contatti avvenuti, per genere: la prima parola del tipo di evento, come `desk` o `call`.",
    en="Touchpoints that took place, by kind: the first word of the event's type, as `desk` or `call`.",
)
OTHER = "other"  # a type that the catalogue does not have

_KINDS = {name: name.split(".")[2] for name in CATALOGUE}


def _of_fact(fact: Fact) -> Iterator[Contribution]:
    if fact.type != WITHDRAWN:  # a correction is no contact
        yield counted(TOUCHPOINTS, fact, bucket=_KINDS.get(fact.type, OTHER))


FAMILY = Family((TOUCHPOINTS,), of_fact=_of_fact)
