"""What a citizen is entitled to now: one offer for each service and the event that sets it off; pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec

from percorso.events.types.own import DUTIES
from percorso.insights.catalogue.services import Service
from percorso.insights.decisions import priority
from percorso.insights.decisions.inputs import Grounds, Inputs, Suggested
from percorso.insights.decisions.outcome import Gate, LeftOut
from percorso.insights.decisions.priority import Priority
from percorso.insights.facts.rows import Fact
from percorso.insights.rules import Answer, FactRow, Ruleset, Verdict, view
from percorso.insights.rules.days import ITALY
from percorso.insights.rules.evaluation import answers
from percorso.insights.suggestions.states import State

SUGGESTIONS: Final = "proactive-suggestions"
INSTANT = timedelta(microseconds=1)
_REFUSALS = {Verdict.NO: Gate.NOT_ELIGIBLE, Verdict.MISSING: Gate.MISSING_FACTS}
_MEMBERS = msgspec.json.Decoder(dict[str, object])


@dataclass(frozen=True, slots=True)
class Offer:
    """A service that a rule answers yes to because of an event, until when, and what it is worth."""

    answer: Answer
    trigger: Fact
    service: Service
    expires_at: datetime
    priority: Priority

    @property
    def is_duty(self) -> bool:
        """Say whether the citizen has to do it, rather than may."""
        return self.service.purpose == DUTIES

    @property
    def grounds(self) -> Grounds:
        """Return what it is proposed for once: the service, and the event of its subject."""
        return self.service.code, *self.trigger.key

    @property
    def rank(self) -> tuple[int, str, datetime, UUID]:
        """Return what offers are sorted by, the best first."""
        at = self.trigger.occurred_at
        return -self.priority.product, self.service.code, at, self.trigger.event_key

    @property
    def rests_on(self) -> tuple[UUID, ...]:
        """Return the events that the reasons tell of, in order."""
        known = (each.event_key for trace in self.answer.trace for each in trace.known)
        return tuple(sorted({self.trigger.event_key, *(key for key in known if key is not None)}))

    def left_out(self, gate: Gate, until: datetime | None = None) -> LeftOut:
        """Say that it is stopped, and until when if the offer outlives that."""
        return LeftOut(
            self.service.code,
            self.answer.rule.name,
            self.trigger.event_key,
            gate,
            until=until if until is not None and until < self.expires_at else None,
            priority=self.priority,
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """What the citizen is entitled to, the best first; what not; and what they still are."""

    entitled: Sequence[Offer]
    refused: Sequence[LeftOut]
    lasting: Sequence[Offer]


def judge(inputs: Inputs, ruleset: Ruleset) -> Judged:
    """Judge what rules answer about each event that sets them off.

    `lasting` is what was suggested before, because of events that set nothing off any more: they
    are older than the rule's window, but the time for it is not over.
    """
    known = _Known(inputs.facts)
    refused: list[LeftOut] = []
    found = ruleset.evaluate(known.view, inputs.now)
    made = _offers(inputs, ruleset, known, found, refused)
    lasting = _offers(inputs, ruleset, known, _lasting(inputs, ruleset, known), [])
    return Judged(sorted(made, key=lambda offer: offer.rank), refused, lasting)


def row(fact: Fact) -> FactRow:
    """Return a fact as rules look at it."""
    return FactRow(
        event_key=fact.event_key,
        type=fact.type,
        occurred_at=fact.occurred_at,
        service=fact.service,
        matter=fact.matter,
        agency=fact.agency,
        payload=members(fact),
        sequence=fact.sequence,
    )


def members(fact: Fact) -> Mapping[str, object]:
    """Return the members of the payload that were kept."""
    return _MEMBERS.decode(fact.members)


class _Known:
    """A citizen's facts as rules look at them; which fact a row is: two may share an event's id."""

    def __init__(self, facts: Iterable[Fact]) -> None:
        self._rows = [(row(fact), fact) for fact in facts]
        self._facts = {id(each): fact for each, fact in self._rows}
        self.view = view(each for each, _ in self._rows)

    def trigger(self, answer: Answer) -> Fact:
        """Return the fact that an answer is about."""
        return self._facts[id(answer.trigger)]


def _lasting(inputs: Inputs, ruleset: Ruleset, known: _Known) -> Iterator[Answer]:
    """Yield what rules answer about earlier suggestions, as of the end of their windows."""
    by_key = {fact.key: fact for fact in reversed(inputs.facts)}
    for each in standing(inputs):
        trigger = by_key.get((each.subject, each.event_key))
        for rule in ruleset.triggers.get(trigger.type, ()) if trigger else ():
            assert trigger is not None  # noqa: S101 - else there is no rule
            ends_at = trigger.occurred_at + rule.window
            if rule.service == each.service and ends_at <= inputs.now:
                found = answers({trigger.type: (rule,)}, known.view, ends_at - INSTANT)
                yield from (answer for answer in found if known.trigger(answer) is trigger)


def standing(inputs: Inputs) -> list[Suggested]:
    """Return the earlier suggestions that the citizen may still take up, if their grounds hold."""
    return [each for each in inputs.suggested if each.is_open(inputs.now)]


def _offers(
    inputs: Inputs,
    ruleset: Ruleset,
    known: _Known,
    found: Iterable[Answer],
    refused: list[LeftOut],
) -> list[Offer]:
    """Return an offer for each yes that is in time, one for the same grounds; note the rest."""
    made: dict[Grounds, Offer] = {}
    for answer in found:
        trigger = known.trigger(answer)
        gate, expires_at = _REFUSALS.get(answer.verdict), trigger.occurred_at
        if gate is None:
            expires_at = _expires_at(answer, trigger)
            gate = Gate.TOO_LATE if expires_at <= inputs.now else None
        if gate is not None:
            refused.append(_refused(answer, trigger, gate))
            continue
        service = ruleset.services[answer.rule.service]
        worth = _priority(inputs, service, trigger, expires_at)
        offer = Offer(answer, trigger, service, expires_at, worth)
        made.setdefault(offer.grounds, offer)
    return list(made.values())


def _priority(inputs: Inputs, service: Service, trigger: Fact, expires_at: datetime) -> Priority:
    states = [each.state for each in inputs.suggested if each.purpose == SUGGESTIONS]
    return Priority(
        urgency=priority.urgency(expires_at - inputs.now),
        benefit=service.benefit,
        context=priority.context(inputs.now - trigger.occurred_at),
        acceptance=priority.acceptance(states.count(State.FOLLOWED), states.count(State.DISMISSED)),
        lever=priority.lever(service.effort),
    )


def _expires_at(answer: Answer, trigger: Fact) -> datetime:
    """Return when it is too late: after the last day of the deadline, else after the rule's window."""
    if answer.due is None:
        return trigger.occurred_at + answer.rule.window
    after = datetime.combine(answer.due + timedelta(days=1), time(), ITALY)
    return after.astimezone(UTC)


def _refused(answer: Answer, trigger: Fact, gate: Gate) -> LeftOut:
    missing = tuple(fact.name for fact in answer.missing)
    rule = answer.rule
    return LeftOut(rule.service, rule.name, trigger.event_key, gate, missing=missing)
