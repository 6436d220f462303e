"""What a rule answers for one citizen at one instant: yes, no, or what is missing; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    """One line of an answer: whether a condition that has words holds, and on what that rests."""

    line: Line
    truth: bool | None
    known: tuple[Known, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, compiled."""

    form: RuleForm
    node: Node
    fits: Fits
    window: timedelta
    trigger: Line
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]  # on which it rests, in the order written
    compared: dict[str, tuple[tuple[str, object], ...]]  # all comparisons of each
    due_after: Fact | None  # of the service's deadline
    due_days: int

    @property
    def code(self) -> str:
        """Return its code."""
        return self.form.code

    @property
    def name(self) -> str:
        """Return code and version, as records and suggestions name it."""
        return f"{self.form.code}@{self.form.version}"

    @property
    def service(self) -> str:
        """Return the code of the service that it proposes."""
        return self.form.service

    @property
    def legal_reference(self) -> LegalReference:
        """Return its ground in law."""
        return self.form.legal_reference


@dataclass(frozen=True, slots=True)
class Answer:
    """What one rule answers about one trigger; `trigger` is None if nothing sets it off.

    `missing` is the smallest set of facts that could make it yes, in the order of the rule.
    `due` is the service's deadline, where it has one and the day is known.
    """

    rule: Rule
    verdict: Verdict
    trigger: FactRow | None = None
    missing: tuple[Fact, ...] = ()
    trace: tuple[Trace, ...] = ()
    due: date | None = None


_RANK = {Verdict.YES: 0, Verdict.MISSING: 1, Verdict.NO: 2}


def evaluate(rule: Rule, view: FactsView, now: datetime) -> Answer:
    """Return the best answer over all triggers, of equals that of the newest."""
    given = list(answers(rule, view, now))
    return (
        min(given, key=lambda answer: _RANK[answer.verdict]) if given else Answer(rule, Verdict.NO)
    )


def answers(rule: Rule, view: FactsView, now: datetime) -> Iterator[Answer]:
    """Yield the answer about each trigger, the newest first; none if the rule is not in force."""
    today = days.today(now)
    if not in_force(rule, today) or view.given.get(TRIGGER) is False:
        return
    for event_type in rule.form.trigger.types:
        for row in view.rows.get(event_type, ()):
            if row.occurred_at <= now - rule.window:
                break
            scope = Scope(view, row, rule.service, now=now, today=today)
            if rule.fits(row, scope):
                yield _answer(rule, scope)


def in_force(rule: Rule, today: date) -> bool:
    """Say whether a rule holds on a day."""
    valid_to = rule.form.valid_to
    return rule.form.valid_from <= today and (valid_to is None or today <= valid_to)


def _answer(rule: Rule, scope: Scope) -> Answer:
    truth = rule.node(scope)
    missing: Sequence[Fact] | None = ()
    if truth is None:
        missing = completions.smallest(rule.node, scope, rule.facts, rule.compared)
        truth = missing is not None
    verdict = Verdict.MISSING if missing else Verdict.YES if truth else Verdict.NO
    trace = tuple(_trace(line, scope) for line in (rule.trigger, *rule.lines))
    return Answer(rule, verdict, scope.trigger, tuple(missing or ()), trace, _due(rule, scope))


def _trace(line: Line, scope: Scope) -> Trace:
    truth = line.node(scope)
    known = (Known(fact, scope.value(fact), scope.events.get(fact.name)) for fact in line.facts)
    return Trace(line, truth, tuple(known))


def _due(rule: Rule, scope: Scope) -> date | None:
    start = None if rule.due_after is None else scope.value(rule.due_after)
    return start + timedelta(days=rule.due_days) if isinstance(start, date) else None
