"""A rule tried: its own tests, and whether anything at all could make it true; pure."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, time

from pydantic import ValidationError

from percorso.events.catalogue import CATALOGUE
from percorso.events.ids import event_key
from percorso.insights.rules import completions, days
from percorso.insights.rules.evaluation import Rule, Verdict, evaluate
from percorso.insights.rules.files import Fault
from percorso.insights.rules.forms import RuleTest, TestEvent
from percorso.insights.rules.scope import Scope
from percorso.insights.rules.view import FactRow, FactsView, view

_CHANNEL = {"channel": "02.1"}  # of a test's events, whose channel no rule asks for
_SOURCE = "urn:percorso:rule-test"


def faults(file: str, rule: Rule) -> Iterator[Fault]:
    """Yield what is wrong with a rule once it runs."""
    if not _can_be_true(rule):
        yield Fault(file, "/when", "is never true, whatever the facts are")
    for place, test in enumerate(rule.form.tests):
        yield from _test(file, f"/tests/{place}", rule, test)


def facts_of(test: RuleTest) -> FactsView:
    """Return the facts of a test; ValueError where an event is none that could be sent."""
    return view(_row(event, str(number)) for number, event in enumerate(test.events))


def _can_be_true(rule: Rule) -> bool:
    """Search over the finite abstraction of the rule's facts, on the days of its tests."""
    nows = [each.now for each in rule.form.tests]
    return any(_possible(rule, now) for now in nows or [_first_moment(rule)])


def _possible(rule: Rule, now: datetime) -> bool:
    trigger = FactRow(event_key(_SOURCE, ""), "", now, None, None, "", {})
    scope = Scope(FactsView({}), trigger, now, days.today(now))
    return completions.possible(rule.node, scope, rule.facts, rule.compared)


def _first_moment(rule: Rule) -> datetime:
    return datetime.combine(rule.valid_from, time(12), tzinfo=UTC)


def _test(file: str, pointer: str, rule: Rule, test: RuleTest) -> Iterator[Fault]:
    try:
        facts = facts_of(test)
    except ValueError as error:
        yield Fault(file, f"{pointer}/events", str(error))
        return
    answer = evaluate(rule, facts, test.now)
    missing = sorted(fact.name for fact in answer.missing)
    if answer.verdict != test.expected:
        yield Fault(
            file, f"{pointer}/expected", f"the rule answers {_said(answer.verdict, missing)}"
        )
    elif test.missing is not None and sorted(test.missing) != missing:
        yield Fault(
            file, f"{pointer}/missing", f"the rule answers {_said(answer.verdict, missing)}"
        )


def _said(verdict: Verdict, missing: list[str]) -> str:
    return f"{verdict}: {', '.join(missing)}" if missing else str(verdict)


def _row(event: TestEvent, number: str) -> FactRow:
    payload = {**_CHANNEL, **event.touchpoint}
    known = CATALOGUE.get(event.type)
    if known is None:
        raise ValueError(f"event {number}: there is no event type `{event.type}`")
    try:
        known.model.model_validate_json(json.dumps(payload))
    except ValidationError as error:
        place = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise ValueError(f"event {number}: {place}: {error.errors()[0]['msg']}") from None
    return FactRow(
        event_key=event_key(_SOURCE, number),
        type=event.type,
        occurred_at=event.at,
        service=_text(payload.get("service")),
        matter=_text(payload.get("matter")),
        agency=event.agency,
        payload=payload,
        sequence=int(number),
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
