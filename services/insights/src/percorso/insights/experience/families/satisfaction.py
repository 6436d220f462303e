"""Satisfaction: what citizens say when they rate a service or one touchpoint of it."""

from collections.abc import Iterator
from typing import Annotated

import msgspec

from percorso.insights.experience.metric import (
    Aggregation,
    Contribution,
    Family,
    Metric,
    counted,
    types,
)
from percorso.insights.facts.rows import Fact

SATISFACTION = Metric(
    "satisfaction",
    unit="rating",
    aggregation=Aggregation.RATING,
    it="Valutazioni date dai cittadini, da 1 (male) a 5 (bene).",
    en="Ratings given by citizens, from 1 (bad) to 5 (good).",
)


class _Feedback(msgspec.Struct, frozen=True):
    rating: Annotated[int, msgspec.Meta(ge=1, le=5)]


_FEEDBACK = msgspec.json.Decoder(_Feedback)


def _of_fact(fact: Fact) -> Iterator[Contribution]:
    try:
        rating = _FEEDBACK.decode(fact.members).rating
    except msgspec.DecodeError:
        return
    yield counted(SATISFACTION, fact, bucket=str(rating), value=rating)


FAMILY = Family((SATISFACTION,), types("feedback.given"), of_fact=_of_fact)
