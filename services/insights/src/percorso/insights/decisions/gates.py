"""What stops an offer: no consent, made before, bounds, an open complaint, better ones; pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from percorso.citizens.consents.facts import hold
from percorso.events.types.own import DUTIES, Via
from percorso.insights.decisions.inputs import WEEK, Inputs, Suggested
from percorso.insights.decisions.offers import Judged, Offer, members
from percorso.insights.decisions.outcome import Gate, LeftOut
from percorso.insights.facts.rows import Fact

COMPLAINED, ANSWERED = "eu.percorso.complaint.filed.v1", "eu.percorso.complaint.answered.v1"
COMPLAINTS = frozenset({COMPLAINED, ANSWERED})
_VIAS: tuple[Via, ...] = ("email", "inbox")  # the best first


class _Room(NamedTuple):
    """For how many more suggestions there is room, what takes it, and when there is some again."""

    places: int
    gate: Gate
    ends_at: datetime | None


class Gates:
    """The gates of one decision, in the order in which an offer passes them.

    `grounds` are those that hold: what the citizen is entitled to, and may be told.
    """

    def __init__(self, inputs: Inputs, judged: Judged) -> None:
        self._inputs = inputs
        self._allowed = next((via for via in _VIAS if hold(inputs.consents, via)), None)
        offers = [*judged.entitled, *judged.lasting]
        self.grounds = {each.grounds: each for each in offers if self.via(each) is not None}
        self._made = {each.grounds for each in inputs.suggested}
        self._counting = [each for each in inputs.suggested if self._counts(each)]
        self._room = self._free_room()
        self._has_complained = has_open_complaint(inputs)

    def via(self, offer: Offer) -> Via | None:
        """Return how the citizen may be reached with it, None if not at all."""
        return _VIAS[0] if offer.is_duty else self._allowed

    def stop(self, offer: Offer, taken: Sequence[Offer]) -> LeftOut | None:
        """Return what stops an offer, when better ones are taken already; None if nothing does."""
        if self.via(offer) is None:
            return offer.left_out(Gate.NO_CONSENT)
        if offer.grounds in self._made:
            return offer.left_out(Gate.MADE_BEFORE)
        return None if offer.is_duty else self._over_bounds(offer, taken)

    def _counts(self, suggested: Suggested) -> bool:
        """Say whether it takes room: what is withdrawn does not, once this decision is made."""
        if suggested.is_open(self._inputs.now):
            return suggested.grounds in self.grounds
        return not suggested.is_withdrawn

    def _over_bounds(self, offer: Offer, taken: Sequence[Offer]) -> LeftOut | None:
        until = self._same_service_until(offer, taken)
        if until is not None:
            return offer.left_out(Gate.SAME_SERVICE, until)
        if self._room.places <= 0:
            return offer.left_out(self._room.gate, self._room.ends_at)
        if self._has_complained:
            return offer.left_out(Gate.OPEN_COMPLAINT)
        is_full = sum(not each.is_duty for each in taken) >= self._room.places
        return offer.left_out(Gate.OUTRANKED, self._room.ends_at) if is_full else None

    def _same_service_until(self, offer: Offer, taken: Iterable[Offer]) -> datetime | None:
        pause = timedelta(days=self._inputs.policy.same_service_days)
        code, now = offer.service.code, self._inputs.now
        made = [each.made_at for each in self._counting if each.service == code]
        made += [now for each in taken if each.service.code == code]
        return max(made) + pause if made and max(made) + pause > now else None

    def _free_room(self) -> _Room:
        now, policy = self._inputs.now, self._inputs.policy
        told = [each for each in self._counting if each.purpose != DUTIES]
        ends = [each.expires_at for each in told if each.is_open(now)]
        recent = [each.made_at for each in told if each.made_at > now - WEEK]
        return min(
            _Room(policy.max_open - len(ends), Gate.TOO_MANY_OPEN, min(ends, default=None)),
            _Room(
                policy.per_week - len(recent),
                Gate.ENOUGH_THIS_WEEK,
                min(recent, default=now) + WEEK,
            ),
            key=lambda room: room.places,
        )


def has_open_complaint(inputs: Inputs) -> bool:
    """Say whether the citizen complained, not too long ago, and was not answered."""
    since = inputs.now - timedelta(days=inputs.policy.complaint_days)
    found = [fact for fact in inputs.facts if fact.type in COMPLAINTS]
    answered = {_complaint(fact) for fact in found if fact.type == ANSWERED}
    return any(
        fact.type == COMPLAINED and fact.occurred_at > since and _complaint(fact) not in answered
        for fact in found
    )


def _complaint(fact: Fact) -> tuple[str, str]:
    return fact.agency, str(members(fact).get("complaint"))
