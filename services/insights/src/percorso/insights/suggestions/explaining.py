"""Why something was suggested: found again from what its decision was made of; pure."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from percorso.insights.decisions.inputs import Grounds, Inputs
from percorso.insights.decisions.offers import INSTANT, Offer, judge, row
from percorso.insights.facts.rows import Fact
from percorso.insights.rules import Explanation, Flip, Ruleset, explain, flip, view
from percorso.insights.rules.view import Value


class Why(NamedTuple):
    """An offer, why it was made and when, by which set of rules; what would change it; its events."""

    decided_at: datetime
    ruleset: str
    offer: Offer
    explanation: Explanation
    flip: Flip | None
    events: Mapping[UUID, Fact]


def why(inputs: Inputs, ruleset: Ruleset, grounds: Grounds) -> Why | None:
    """Return why a service was offered because of an event; None if that decision did not."""
    judged = judge(inputs, ruleset)
    offers = [*judged.entitled, *judged.lasting]
    offer = next((each for each in offers if each.grounds == grounds), None)
    if offer is None:
        return None
    rule, known = offer.answer.rule, view(map(row, inputs.facts))
    # What lasts beyond its rule's window is judged as of its end.
    at = min(inputs.now, offer.trigger.occurred_at + rule.window - INSTANT)
    return Why(
        decided_at=inputs.now,
        ruleset=inputs.ruleset,
        offer=offer,
        explanation=explain(offer.answer, ruleset.registers),
        flip=flip(rule, known, at, trigger=offer.trigger.event_key),
        events={fact.event_key: fact for fact in inputs.facts if fact.event_key in offer.rests_on},
    )


def is_about(why: Why, subjects: Collection[UUID]) -> bool:
    """Say whether it tells of nobody but these subjects."""
    return {fact.subject for fact in why.events.values()} <= set(subjects)


def shown(known: Value | None) -> bool | int | str | None:
    """Return a fact's value as JSON has it."""
    return known.isoformat() if isinstance(known, date) else known
