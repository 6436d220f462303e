"""Answers in plain Italian and English: the reasons, what is missing, what would change them; pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from percorso.events.types.own import Words
from percorso.insights.catalogue.services import Register
from percorso.insights.rules.conditions import PLACEHOLDER, alternatives
from percorso.insights.rules.days import today
from percorso.insights.rules.evaluation import Answer, Known, Rule, Trace, Verdict, evaluate
from percorso.insights.rules.forms import LegalReference
from percorso.insights.rules.scope import Fact
from percorso.insights.rules.view import TRIGGER, FactsView, Value

_MONTHS_IT = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
    "ottobre", "novembre", "dicembre",
)  # fmt: skip
_MONTHS_EN = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_FIRST = "1º"
_UNKNOWN = Words(it="non noto", en="unknown")


class Reason(NamedTuple):
    """A sentence, and the events that it rests on."""

    words: Words
    events: tuple[UUID, ...]


class Missing(NamedTuple):
    """A fact that nobody knows, and the register that could supply it."""

    fact: str
    words: Words
    register: Register | None


class Explanation(NamedTuple):
    """Why a rule answers as it does: conditions that hold, for a no those that do not."""

    rule: str
    service: str
    legal_reference: LegalReference
    reasons: tuple[Reason, ...]
    missing: tuple[Missing, ...]


class Flip(NamedTuple):
    """The one fact that would change the decision, if it were `value`; now it is `known`.

    The fact `trigger` stands for what happened: without it nothing would be proposed.
    """

    fact: str
    known: Value | None
    value: Value
    words: Words


def explain(answer: Answer, registers: Mapping[str, Register]) -> Explanation:
    """Say why, in words."""
    holds = answer.verdict is not Verdict.NO
    return Explanation(
        rule=answer.rule.name,
        service=answer.rule.service,
        legal_reference=answer.rule.legal_reference,
        reasons=tuple(_reason(each, answer) for each in answer.trace if each.truth is holds),
        missing=tuple(_missing(fact, registers) for fact in answer.missing),
    )


def flip(rule: Rule, view: FactsView, now: datetime, *, trigger: UUID | None = None) -> Flip | None:
    """Return the one fact whose change flips between proposing and not, for all triggers or one.

    Facts are tried in the order of the rule, values from the nearest to what is known. Of a yes
    there is always one, in the end the trigger; None where a no needs more than one.
    """
    answer = evaluate(rule, view, now, trigger=trigger)
    proposed = answer.verdict is Verdict.YES
    known = {each.fact.name: each.value for trace in answer.trace for each in trace.known}
    for fact in rule.facts:
        for value in _nearest(rule, fact, known.get(fact.name), now):
            changed = evaluate(rule, view.supposing(fact.name, value), now, trigger=trigger)
            if (changed.verdict is Verdict.YES) is not proposed:
                return Flip(fact.name, known.get(fact.name), value, _changed(fact, value))
    return Flip(TRIGGER, value=False, known=True, words=_without(answer)) if proposed else None


def shown(value: Value | None) -> Words:
    """Write a value as people read it."""
    match value:
        case None:
            return _UNKNOWN
        case bool():
            return Words(it="sì", en="yes") if value else Words(it="no", en="no")
        case date():
            return Words(
                it=f"{_FIRST if value.day == 1 else value.day} {_MONTHS_IT[value.month - 1]} {value.year}",
                en=f"{value.day} {_MONTHS_EN[value.month - 1]} {value.year}",
            )
    return Words(it=str(value), en=str(value))


def _reason(trace: Trace, answer: Answer) -> Reason:
    found = (each.event_key for each in trace.known)
    events = dict.fromkeys(each for each in found if each is not None)
    if trace.line is answer.rule.trigger and answer.trigger is not None:
        events = {answer.trigger.event_key: None, **events}
    return Reason(_filled(trace.line.words, trace.known), tuple(events))


def _filled(words: Words, known: tuple[Known, ...]) -> Words:
    values = {each.fact.name: shown(each.value) for each in known}
    return Words(
        it=PLACEHOLDER.sub(lambda found: values[found[1]].it, words.it),
        en=PLACEHOLDER.sub(lambda found: values[found[1]].en, words.en),
    )


def _missing(fact: Fact, registers: Mapping[str, Register]) -> Missing:
    register = None if fact.register is None else registers[fact.register]
    return Missing(fact.name, fact.words, register)


def _nearest(rule: Rule, fact: Fact, known: Value | None, now: datetime) -> list[Value]:
    found = alternatives(fact, rule.compared[fact.name], today(now))
    others = [each for each in found if each != known]
    if isinstance(known, date):
        return sorted(
            others, key=lambda each: abs(known - each) if isinstance(each, date) else known - known
        )
    if isinstance(known, int) and not isinstance(known, bool):
        return sorted(others, key=lambda each: abs(known - each) if isinstance(each, int) else 0)
    return others


def _changed(fact: Fact, value: Value) -> Words:
    said = shown(value)
    return Words(it=f"{fact.words.it}: {said.it}", en=f"{fact.words.en}: {said.en}")


def _without(answer: Answer) -> Words:
    happened = _filled(answer.rule.trigger.words, answer.trace[0].known)
    return Words(it=f"Se non fosse così: {happened.it}", en=f"If this were not so: {happened.en}")
