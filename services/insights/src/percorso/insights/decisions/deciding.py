"""Decides what is proposed to a citizen: eligible, allowed, within bounds, no complaint open, best first; pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from percorso.insights.decisions.gates import Gates
from percorso.insights.decisions.inputs import Grounds, Inputs, Suggested
from percorso.insights.decisions.offers import Offer, judge, standing
from percorso.insights.decisions.outcome import GATES, Decision, Gate, LeftOut, Proposal
from percorso.insights.rules import Answer, Ruleset

_NAMESPACE = UUID("6f1c2c1e-4a5e-4d0b-9f43-7b8f2c9d6a10")


class Decided(NamedTuple):
    """A decision, and the answers that what it proposes and renews rests on, in their order."""

    decision: Decision
    proposed: Sequence[Answer]
    renewed: Sequence[Answer]


class _Turned(NamedTuple):
    """What became of earlier suggestions."""

    withdrawn: tuple[UUID, ...]
    restored: tuple[UUID, ...]
    renewed: list[Offer]


def decide(inputs: Inputs, ruleset: Ruleset) -> Decided:
    """Decide what to propose; the same inputs and rules give the same decision, bit for bit."""
    judged = judge(inputs, ruleset)
    gates = Gates(inputs, judged)
    left_out = list(judged.refused)
    taken = _taken(judged.entitled, gates, left_out)
    turned = _turned(standing(inputs), gates.grounds)
    decision = Decision(
        proposed=tuple(_proposal(inputs, offer, gates) for offer in taken),
        left_out=tuple(left_out),
        withdrawn=turned.withdrawn,
        restored=turned.restored,
        renewed=tuple(_proposal(inputs, offer, gates) for offer in turned.renewed),
        reason=None if taken else _reason(left_out),
        again_at=min((each.until for each in left_out if each.until), default=None),
    )
    answers = [[offer.answer for offer in each] for each in (taken, turned.renewed)]
    return Decided(decision, *answers)


def suggestion_id(offer: Offer) -> UUID:
    """Return the one id of what is suggested because of an event, whoever asks and whenever."""
    trigger = offer.trigger
    return uuid5(_NAMESPACE, f"{offer.service.code}/{trigger.subject}/{trigger.event_key}")


def _taken(entitled: Iterable[Offer], gates: Gates, left_out: list[LeftOut]) -> Sequence[Offer]:
    """Return what nothing stops, the best first; `left_out` gets the rest."""
    taken: list[Offer] = []
    for offer in entitled:
        stop = gates.stop(offer, taken)
        if stop is None:
            taken.append(offer)
        else:
            left_out.append(stop)
    return taken


def _proposal(inputs: Inputs, offer: Offer, gates: Gates) -> Proposal:
    via = gates.via(offer)
    assert via is not None  # noqa: S101 - else it was stopped
    rests_on = offer.rests_on
    return Proposal(
        suggestion=suggestion_id(offer),
        service=offer.service.code,
        rule=offer.answer.rule.name,
        purpose=offer.service.purpose,
        subject=offer.trigger.subject,
        event_key=offer.trigger.event_key,
        via=via,
        send_from=inputs.now,
        expires_at=offer.expires_at,
        priority=offer.priority,
        rests_on=rests_on,
        subjects=tuple(sorted({f.subject for f in inputs.facts if f.event_key in rests_on})),
    )


def _turned(earlier: Iterable[Suggested], grounds: Mapping[Grounds, Offer]) -> _Turned:
    found = [(each, grounds.get(each.grounds)) for each in earlier]
    return _Turned(
        withdrawn=tuple(each.id for each, offer in found if not (offer or each.is_withdrawn)),
        restored=tuple(each.id for each, offer in found if offer and each.is_withdrawn),
        renewed=[offer for each, offer in found if offer and offer.rests_on != each.rests_on],
    )


def _reason(left_out: Sequence[LeftOut]) -> Gate:
    """Return what stopped the one that came furthest."""
    gates = (each.gate for each in left_out)
    return max(gates, key=GATES.__getitem__, default=Gate.NOTHING_HAPPENED)
