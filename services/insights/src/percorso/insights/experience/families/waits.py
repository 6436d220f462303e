"""Waits: how long citizens wait at desks and on the telephone."""

from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec

from percorso.insights.experience.durations import bucket
from percorso.insights.experience.metric import (
    Aggregation,
    Contribution,
    Family,
    Metric,
    counted,
    types,
)
from percorso.insights.facts.rows import Fact

AT_DESK = Metric(
    "desk-wait",
    unit="ms",
    aggregation=Aggregation.DURATION,
    it="Attesa allo sportello: dal numero preso alla chiamata, quando lo sportello l'ha servita.",
    en="Wait at a desk: from taking a ticket to being called, in the minute in which it is reported.",
)
ON_PHONE = Metric(
    "phone-wait",
    unit="ms",
    aggregation=Aggregation.DURATION,
    it="Attesa al telefono: dallo squillo alla risposta di una persona, a chiamata conclusa.",
    en="Wait on the telephone: from the ring to somebody's answer, when the call has ended.",
)


class _Wait(msgspec.Struct, frozen=True):
    waited_s: Annotated[float, msgspec.Meta(ge=0, le=1e9)]


_WAIT = msgspec.json.Decoder(_Wait)


def _waited(metric: Metric) -> Callable[[Fact], Iterator[Contribution]]:
    def of_fact(fact: Fact) -> Iterator[Contribution]:
        try:
            waited_ms = round(_WAIT.decode(fact.members).waited_s * 1_000)
        except msgspec.DecodeError:
            return
        yield counted(metric, fact, bucket=bucket(waited_ms), value=waited_ms)

    return of_fact


DESKS = Family((AT_DESK,), types("desk.visited"), of_fact=_waited(AT_DESK))
CALLS = Family((ON_PHONE,), types("call.ended"), of_fact=_waited(ON_PHONE))
