"""Responses: how long an agency takes to take charge of an application, and to answer at all."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

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

TIME_TO_TAKE_CHARGE = Metric(
    "time-to-take-charge",
    unit="ms",
    aggregation=Aggregation.DURATION,
    it="Tempo di presa in carico: dalla ricezione di un'istanza alla sua presa in carico, nella "
    "stessa pratica; nel minuto della presa in carico, sul canale della ricezione.",
    en="Time from an application's receipt until an office took charge of it, in one matter; in the "
    "minute in which it took charge, under the channel of the receipt.",
)
FIRST_RESPONSE = Metric(
    "first-response",
    unit="ms",
    aggregation=Aggregation.DURATION,
    it="Tempo di prima risposta: dalla prima richiesta del cittadino in una pratica al primo atto "
    "dell'ente che le segue; nel minuto della risposta, sul canale della richiesta.",
    en="Time from the citizen's first request in a matter to the first act of the agency that follows "
    "it; in the minute of the answer, under the channel of the request.",
)

_RECEIPTS = types("application.received")
_CHARGES = types("application.taken-charge")
_REQUESTS = types(
    "application.submitted",
    "application.received",
    "complaint.filed",
    "incident.reported",
    "message.received",
    "post.received",
)
_ANSWERS = types(
    "application.taken-charge",
    "application.decided",
    "complaint.answered",
    "document.issued",
    "information.requested",
    "message.replied",
)


def _charges(facts: Sequence[Fact]) -> Iterator[Contribution]:
    """Pair each taking charge with the earliest receipt since the one before it."""
    received: Fact | None = None
    for fact in facts:
        if fact.type in _RECEIPTS:
            received = received or fact
        elif received:
            yield _between(TIME_TO_TAKE_CHARGE, received, fact)
            received = None


def _first_response(facts: Sequence[Fact]) -> Iterator[Contribution]:
    asked: Fact | None = None
    for fact in facts:
        if fact.type in _REQUESTS:
            asked = asked or fact
        elif asked:
            yield _between(FIRST_RESPONSE, asked, fact)
            return


def _between(metric: Metric, begun: Fact, ended: Fact) -> Contribution:
    lasted_ms = (ended.occurred_at - begun.occurred_at) // timedelta(milliseconds=1)
    return counted(metric, begun, at=ended.occurred_at, bucket=bucket(lasted_ms), value=lasted_ms)


CHARGE = Family((TIME_TO_TAKE_CHARGE,), _RECEIPTS | _CHARGES, of_matter=_charges)
ANSWER = Family((FIRST_RESPONSE,), _REQUESTS | _ANSWERS, of_matter=_first_response)
