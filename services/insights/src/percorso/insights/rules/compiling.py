"""Compiles forms that were checked: facts in the order in which they follow, then rules."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from percorso.insights.catalogue.services import Service
from percorso.insights.rules import conditions, sources
from percorso.insights.rules.conditions import Line
from percorso.insights.rules.evaluation import Rule
from percorso.insights.rules.forms import FactForm, RuleForm
from percorso.insights.rules.scope import Fact, Scope
from percorso.insights.rules.view import Value


def facts(forms: Iterable[FactForm]) -> dict[str, Fact]:
    """Compile all facts; those that follow from others after these."""
    by_name = {form.name: form for form in forms}
    compiled: dict[str, Fact] = {}
    for form in by_name.values():
        _compile(form, by_name, compiled)
    return compiled


def rule(
    form: RuleForm, service: Service, facts: Mapping[str, Fact], forms: Mapping[str, FactForm]
) -> Rule:
    """Compile a rule."""
    deadline = service.deadline
    return Rule(
        form=form,
        node=conditions.node(form.when, facts),
        fits=sources.fits(form.trigger.where),
        window=timedelta(days=form.window_days),
        trigger=_trigger(form, facts),
        lines=tuple(conditions.lines(form.when, facts, "/when")),
        facts=tuple(conditions.leaves(form.when, facts)),
        compared=_compared(form, forms),
        due_after=None if deadline is None else facts[deadline.after],
        due_days=0 if deadline is None else deadline.days,
    )


def _compile(form: FactForm, forms: Mapping[str, FactForm], compiled: dict[str, Fact]) -> None:
    if form.name in compiled:
        return
    if form.when is None:
        compiled[form.name] = _said(form)
        return
    for name in [each.fact for _, each in conditions.walk(form.when, "") if each.fact is not None]:
        _compile(forms[name], forms, compiled)
    compiled[form.name] = Fact(
        name=form.name,
        kind=form.kind,
        words=form.words,
        register=form.register_,
        values=(),
        said=None,
        find=None,
        follows=conditions.node(form.when, compiled),
        rests_on=tuple(conditions.leaves(form.when, compiled)),
    )


def _said(form: FactForm) -> Fact:
    return Fact(
        name=form.name,
        kind=form.kind,
        words=form.words,
        register=form.register_,
        values=tuple(form.values or ()),
        said=_all_said(form),
        find=sources.finder(form.from_, form.kind, form.otherwise),
        follows=None,
    )


def _all_said(form: FactForm) -> frozenset[Value] | None:
    """Return all that events can say, where no member has it."""
    if any(each.member is not None for each in form.from_):
        return None
    values = [*(each.value for each in form.from_), form.otherwise]
    return frozenset(each for each in values if each is not None)


def _trigger(form: RuleForm, facts: Mapping[str, Fact]) -> Line:
    words = form.trigger.words
    shown = tuple(facts[name] for name in conditions.placeholders(words))
    return Line("/trigger", _happened, words, shown)


def _happened(_: Scope) -> bool:
    return True  # there is no scope without a trigger


def _compared(
    form: RuleForm, forms: Mapping[str, FactForm]
) -> dict[str, tuple[tuple[str, object], ...]]:
    found: dict[str, tuple[tuple[str, object], ...]] = {}
    for name, comparison in conditions.comparisons(form.when, forms):
        found[name] = (*found.get(name, ()), comparison)
    return found
