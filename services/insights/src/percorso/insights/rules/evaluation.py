"""What a rule answers for one citizen at one instant: yes, no, or what is missing; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from percorso.insights.rules import completions, days
from percorso.insights.rules.conditions import Line
from percorso.insights.rules.forms import LegalReference, RuleForm
from percorso.insights.rules.scope import Fact, Node, Scope
from percorso.insights.rules.sources import Fits
from percorso.insights.rules.view import TRIGGER, FactRow, FactsView, Value


class Verdict(StrEnum):
    """What a rule answers."""

    YES = "yes"
    NO = "no"
    MISSING = "missing"


class Known(NamedTuple):
    """A fact on which a line rests: what it is (None: unknown), and the event that says so."""

    fact: Fact
    value: Value | None
    event_key: UUID | None


class Trace(NamedTuple):
    """A line of an answer: whether a condition that has words holds, and on what that rests."""

    line: Line
    truth: bool | None
    known: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, compiled."""

    form: RuleForm
    code: str
    service: str
    window: timedelta
    valid_from: date
    valid_to: date
    fits: Fits | None
    node: Node
    trigger: Line
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]  # on which it rests, in the order written
    compared: Mapping[str, tuple[tuple[str, object], ...]]  # all comparisons of each, by name
    comparisons: tuple[Node, ...]  # the same, compiled
    due_after: Fact | None  # of the service's deadline
    due_days: int
    found_missing: dict[tuple[object, ...], tuple[Fact, ...] | None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return code and version, as records and suggestions name it."""
        return f"{self.code}@{self.form.version}"

    @property
    def legal_reference(self) -> LegalReference:
        """Return its ground in law."""
        return self.form.legal_reference


class Answer(NamedTuple):
    """What one rule answers about one trigger; `trigger` is None if nothing sets it off.

    `missing` is the smallest set of facts that could make it yes, in the order of the rule.
    """

    rule: Rule
    verdict: Verdict
    trigger: FactRow | None = None
    missing: tuple[Fact, ...] = ()
    scope: Scope | None = None

    @property
    def trace(self) -> tuple[Trace, ...]:
        """Return what was found: the trigger's line, and each line of the conditions."""
        if self.scope is None:
            return ()
        return tuple(_trace(each, self.scope) for each in (self.rule.trigger, *self.rule.lines))

    @property
    def due(self) -> date | None:
        """Return the last day of the service's deadline, `days.LAST` at the latest; None if unknown."""
        fact = self.rule.due_after
        start = None if fact is None or self.scope is None else self.scope.value(fact)
        return days.later(start, self.rule.due_days) if isinstance(start, date) else None


_RANK = {Verdict.YES: 0, Verdict.MISSING: 1, Verdict.NO: 2}
_MOST_FOUND = 1_000  # of a rule; a day of a city has a few dozen


def evaluate(rule: Rule, view: FactsView, now: datetime, *, trigger: UUID | None = None) -> Answer:
    """Return the best answer over all triggers, or about one; of equals that of the newest."""
    found = answers(dict.fromkeys(rule.form.trigger.types, (rule,)), view, now)
    given = [each for each in found if trigger is None or _key(each) == trigger]
    if not given:
        return Answer(rule, Verdict.NO)
    newest_first = sorted(given, key=_place, reverse=True)
    return min(newest_first, key=lambda answer: _RANK[answer.verdict])


def answers(
    triggers: Mapping[str, tuple[Rule, ...]], view: FactsView, now: datetime
) -> Iterator[Answer]:
    """Yield what rules that are in force answer about each event that sets them off.

    `triggers` has the rules by type of event. Types come by name, events newest first, rules as
    they are given.
    """
    if view.given.get(TRIGGER) is False:
        return
    today = days.today(now)
    for event_type in sorted(triggers.keys() & view.rows.keys()):
        in_force = [
            each for each in triggers[event_type] if each.valid_from <= today <= each.valid_to
        ]
        for row in view.rows[event_type]:
            scope, age = Scope(view, row, now, today), now - row.occurred_at
            for rule in in_force:
                if age < rule.window and (rule.fits is None or rule.fits(row, row)):
                    yield _answer(rule, scope)


def _answer(rule: Rule, scope: Scope) -> Answer:
    truth = rule.node(scope)
    if truth is None:
        missing = _missing(rule, scope)
        truth = missing is not None
        if missing:
            return Answer(rule, Verdict.MISSING, scope.trigger, missing, scope)
    return Answer(rule, Verdict.YES if truth else Verdict.NO, scope.trigger, (), scope)


def _missing(rule: Rule, scope: Scope) -> tuple[Fact, ...] | None:
    """Search once for each way in which the comparisons come out: nothing else matters to it."""
    outcome = (scope.today, *(each(scope) for each in rule.comparisons))
    found = rule.found_missing
    if outcome not in found:
        if len(found) >= _MOST_FOUND:
            found.clear()
        found[outcome] = completions.smallest(rule.node, scope, rule.facts, rule.compared)
    return found[outcome]


def _trace(line: Line, scope: Scope) -> Trace:
    known = (Known(fact, scope.value(fact), scope.event(fact)) for fact in line.facts)
    return Trace(line, line.node(scope), tuple(known))


def _key(answer: Answer) -> UUID | None:
    return None if answer.trigger is None else answer.trigger.event_key


def _place(answer: Answer) -> tuple[datetime, int, int]:
    assert answer.trigger is not None  # noqa: S101 - only what was set off is answered
    return answer.trigger.place
