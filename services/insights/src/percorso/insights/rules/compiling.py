"""Compiles forms that were checked: facts in the order in which they follow, then rules."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from percorso.insights.catalogue.services import Service
from percorso.insights.rules import conditions, sources
from percorso.insights.rules.conditions import Line
from percorso.insights.rules.evaluation import Rule
from percorso.insights.rules.forms import FactForm, OfRule, RuleForm
from percorso.insights.rules.scope import Fact, Scope
from percorso.insights.rules.view import Value


def rule(form: RuleForm, service: Service, forms: Mapping[str, FactForm]) -> Rule:
    """Compile a rule, of the service that it proposes and of all facts by name."""
    named = facts(forms.values(), service.code)
    deadline = service.deadline
    compared = _compared(form, forms)
    return Rule(
        form=form,
        code=form.code,
        service=service.code,
        window=timedelta(days=form.window_days),
        valid_from=form.valid_from,
        valid_to=form.valid_to or date.max,
        fits=sources.fits(form.trigger.where, service.code),
        node=conditions.node(form.when, named),
        trigger=_trigger(form, named),
        lines=tuple(conditions.lines(form.when, named, "/when")),
        facts=tuple(conditions.leaves(form.when, named)),
        compared=compared,
        comparisons=tuple(
            conditions.comparison(named[name], *each)
            for name, found in compared.items()
            for each in found
        ),
        due_after=None if deadline is None else named[deadline.after],
        due_days=0 if deadline is None else deadline.days,
    )


def facts(forms: Iterable[FactForm], service: str) -> dict[str, Fact]:
    """Compile all facts as they are for a service; those that follow from others after these."""
    by_name = {form.name: form for form in forms}
    compiled: dict[str, Fact] = {}
    for form in by_name.values():
        _compile(form, service, by_name, compiled)
    return compiled


def _compile(
    form: FactForm, service: str, forms: Mapping[str, FactForm], compiled: dict[str, Fact]
) -> None:
    if form.name in compiled:
        return
    if form.when is None:
        compiled[form.name] = _said(form, service)
        return
    for name in [each.fact for _, each in conditions.walk(form.when, "") if each.fact is not None]:
        _compile(forms[name], service, forms, compiled)
    compiled[form.name] = Fact(
        name=form.name,
        key=form.name,
        kind=form.kind,
        words=form.words,
        register=form.register_,
        values=(),
        said=None,
        find=None,
        follows=conditions.node(form.when, compiled),
        rests_on=tuple(conditions.leaves(form.when, compiled)),
    )


def _said(form: FactForm, service: str) -> Fact:
    wanted = [each for source in form.from_ for each in source.where.values()]
    of_service = any(isinstance(each, OfRule) for each in wanted)
    return Fact(
        name=form.name,
        key=f"{form.name} of {service}" if of_service else form.name,
        kind=form.kind,
        words=form.words,
        register=form.register_,
        values=tuple(form.values or ()),
        said=_all_said(form),
        find=sources.finder(form.from_, form.kind, form.otherwise, service),
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
