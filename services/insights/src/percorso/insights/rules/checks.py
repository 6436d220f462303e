"""What is wrong with a set of rules although each file can be read: names, kinds, dates, cycles."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from percorso.events.catalogue import CATALOGUE, Producer
from percorso.events.types.own import Words
from percorso.insights.rules import days
from percorso.insights.rules.conditions import placeholders, walk
from percorso.insights.rules.files import AGENCIES, FACTS, REGISTERS, RULES, SERVICES, Fault, Forms
from percorso.insights.rules.forms import (
    MAX_NODES,
    Condition,
    FactForm,
    Kind,
    OfTrigger,
    RuleForm,
    Source,
    Trigger,
    Wanted,
)
from percorso.insights.rules.view import COLUMNS

LEAST_TESTS = 3
MAX_WORDS = 500  # one sentence, at most three
_COMPARED: Mapping[Kind, Mapping[str, type]] = {
    Kind.BOOLEAN: {"is": bool},
    Kind.TEXT: {"is": str, "in": str},
    Kind.INTEGER: {"is": int, "in": int, "at_least": int, "at_most": int},
    Kind.DATE: {"from": object, "until": object},
}


class _Coded(Protocol):
    @property
    def code(self) -> str: ...


def check(forms: Forms, kept: Iterable[str]) -> list[Fault]:
    """Return every fault; `kept` are the payload's members that facts about citizens have."""
    members = frozenset(kept)
    facts = {each.name: each for each in forms.facts}
    return [
        *_codes(forms),
        *_owners(forms),
        *_facts(forms, facts, members),
        *_deadlines(forms, facts),
        *_cycles(forms.facts, facts),
        *(
            fault
            for name, rule in forms.rules.items()
            for fault in _rule(name, rule, forms, facts, members)
        ),
    ]


def _codes(forms: Forms) -> Iterator[Fault]:
    yield from _twice(FACTS, [each.name for each in forms.facts], "name")
    yield from _twice(AGENCIES, [each.code for each in forms.agencies], "code")
    yield from _twice(REGISTERS, [each.code for each in forms.registers], "code")
    yield from _named_as_file(SERVICES, forms.services)
    yield from _named_as_file(RULES, forms.rules)
    if not forms.rules:
        yield Fault(RULES, "", "there is no rule")


def _twice(file: str, names: Sequence[str], member: str) -> Iterator[Fault]:
    for place, name in enumerate(names):
        if name in names[:place]:
            yield Fault(file, f"/{place}/{member}", f"`{name}` stands twice")


def _named_as_file(folder: str, forms: Mapping[str, _Coded]) -> Iterator[Fault]:
    codes = [each.code for each in forms.values()]
    for name, form in forms.items():
        if codes.count(form.code) > 1:
            yield Fault(name, "/code", f"another file has the code `{form.code}` too")
        if name != f"{folder}/{form.code}.json":
            yield Fault(name, "/code", f"the file of `{form.code}` is named {form.code}.json")


def _owners(forms: Forms) -> Iterator[Fault]:
    agencies = {each.code for each in forms.agencies}
    for place, register in enumerate(forms.registers):
        if register.agency not in agencies:
            yield _unknown(REGISTERS, f"/{place}/agency", "agency", register.agency)
    for name, service in forms.services.items():
        if service.agency not in agencies:
            yield _unknown(name, "/agency", "agency", service.agency)


def _facts(forms: Forms, facts: Mapping[str, FactForm], members: frozenset[str]) -> Iterator[Fault]:
    registers = {each.code for each in forms.registers}
    for place, fact in enumerate(forms.facts):
        pointer = f"/{place}"
        if fact.register_ is not None and fact.register_ not in registers:
            yield _unknown(FACTS, f"{pointer}/register", "register", fact.register_)
        if _can_be_unknown(fact) and fact.register_ is None:
            yield Fault(FACTS, pointer, "a fact that may be unknown names a `register`")
        if fact.otherwise is not None and not _is_of_kind(fact.otherwise, fact.kind):
            yield Fault(FACTS, f"{pointer}/otherwise", f"is no {fact.kind}")
        if fact.when is not None:
            yield from _condition(FACTS, f"{pointer}/when", fact.when, facts)
        for number, source in enumerate(fact.from_):
            yield from _source(f"{pointer}/from/{number}", source, fact.kind, members)


def _deadlines(forms: Forms, facts: Mapping[str, FactForm]) -> Iterator[Fault]:
    for name, service in forms.services.items():
        after = None if service.deadline is None else facts.get(service.deadline.after)
        if service.deadline is not None and (after is None or after.kind is not Kind.DATE):
            yield Fault(name, "/deadline/after", "there is no fact of that name that is a date")


def _can_be_unknown(fact: FactForm) -> bool:
    is_said = fact.otherwise is not None and all(each.member is None for each in fact.from_)
    return fact.when is None and not is_said


def _source(pointer: str, source: Source, kind: Kind, members: frozenset[str]) -> Iterator[Fault]:
    yield from _types(FACTS, f"{pointer}/types", source.types)
    yield from _where(FACTS, f"{pointer}/where", source.where, source.types, members)
    if source.member is not None:
        yield from _member(FACTS, f"{pointer}/member", source.member, source.types, members)
    if source.value is not None and not _is_of_kind(source.value, kind):
        yield Fault(FACTS, f"{pointer}/value", f"is no {kind}")


def _rule(
    name: str,
    rule: RuleForm,
    forms: Forms,
    facts: Mapping[str, FactForm],
    members: frozenset[str],
) -> Iterator[Fault]:
    yield from _named(name, rule, forms)
    yield from _dates(name, rule)
    yield from _trigger(name, rule.trigger, facts, members)
    yield from _condition(name, "/when", rule.when, facts)
    yield from _wordless(name, "/when", rule.when)
    yield from _tests(name, rule, facts)


def _named(name: str, rule: RuleForm, forms: Forms) -> Iterator[Fault]:
    if rule.service not in {each.code for each in forms.services.values()}:
        yield _unknown(name, "/service", "service", rule.service)
    if rule.owner not in {each.code for each in forms.agencies}:
        yield _unknown(name, "/owner", "agency", rule.owner)


def _dates(name: str, rule: RuleForm) -> Iterator[Fault]:
    if rule.valid_to is not None and rule.valid_to < rule.valid_from:
        yield Fault(name, "/valid_to", "is before `valid_from`")


def _trigger(
    name: str, trigger: Trigger, facts: Mapping[str, FactForm], members: frozenset[str]
) -> Iterator[Fault]:
    yield from _types(name, "/trigger/types", trigger.types)
    yield from _where(name, "/trigger/where", trigger.where, trigger.types, members)
    yield from _words(name, "/trigger/words", trigger.words, facts)


def _tests(name: str, rule: RuleForm, facts: Mapping[str, FactForm]) -> Iterator[Fault]:
    if len(rule.tests) < LEAST_TESTS:
        yield Fault(name, "/tests", f"a rule has {LEAST_TESTS} tests or more")
    for place, test in enumerate(rule.tests):
        for number, wanted in enumerate(test.missing or ()):
            if wanted not in facts:
                yield _unknown(name, f"/tests/{place}/missing/{number}", "fact", wanted)


def _condition(
    file: str, pointer: str, condition: Condition, facts: Mapping[str, FactForm]
) -> Iterator[Fault]:
    nodes = list(walk(condition, pointer))
    if len(nodes) > MAX_NODES:
        yield Fault(file, pointer, f"has more than {MAX_NODES} parts")
    for place, each in nodes:
        if each.words is not None:
            yield from _words(file, f"{place}/words", each.words, facts)
        if each.fact is None or each.comparison is None:
            continue
        if each.fact not in facts:
            yield _unknown(file, f"{place}/fact", "fact", each.fact)
        else:
            yield from _comparison(file, place, each.comparison, facts[each.fact])


def _comparison(
    file: str, pointer: str, comparison: tuple[str, object], fact: FactForm
) -> Iterator[Fault]:
    name, operand = comparison
    wanted = _COMPARED[fact.kind].get(name)
    values = operand if isinstance(operand, list) else [operand]
    if wanted is None:
        yield Fault(file, f"{pointer}/{name}", f"a {fact.kind} is not compared so")
    elif not all(wanted is object or type(each) is wanted for each in values):
        yield Fault(file, f"{pointer}/{name}", f"is no {fact.kind}")
    elif fact.values is not None and not set(fact.values).issuperset(values):
        yield Fault(file, f"{pointer}/{name}", f"`{fact.name}` is never that")


def _wordless(file: str, pointer: str, condition: Condition) -> Iterator[Fault]:
    if condition.words is not None:
        return
    if condition.fact is not None:
        yield Fault(file, pointer, "a condition, or one that it is part of, has `words`")
    for place, part in condition.parts:
        yield from _wordless(file, pointer + place, part)


def _words(file: str, pointer: str, words: Words, facts: Mapping[str, FactForm]) -> Iterator[Fault]:
    if max(len(words.it), len(words.en)) > MAX_WORDS:
        yield Fault(file, pointer, f"has more than {MAX_WORDS} characters")
    for name in placeholders(words):
        fact = facts.get(name)
        if fact is None:
            yield _unknown(file, pointer, "fact", name)
        elif fact.kind is Kind.TEXT and fact.values is None:
            yield Fault(file, pointer, f"`{name}` may be any text that agencies write")


def _types(file: str, pointer: str, types: Sequence[str]) -> Iterator[Fault]:
    for place, name in enumerate(types):
        known = CATALOGUE.get(name)
        if known is None:
            yield _unknown(file, f"{pointer}/{place}", "event type", name)
        elif known.producer is not Producer.AGENCY:
            yield Fault(file, f"{pointer}/{place}", "Percorso's own events say no facts")


def _where(
    file: str,
    pointer: str,
    where: Mapping[str, Wanted],
    types: Sequence[str],
    members: frozenset[str],
) -> Iterator[Fault]:
    for name, wanted in where.items():
        yield from _member(file, f"{pointer}/{name}", name, types, members)
        if isinstance(wanted, OfTrigger) and wanted.trigger not in members | COLUMNS:
            yield _unknown(file, f"{pointer}/{name}/trigger", "member", wanted.trigger)


def _member(
    file: str, pointer: str, name: str, types: Sequence[str], members: frozenset[str]
) -> Iterator[Fault]:
    models = [CATALOGUE[each].model for each in types if each in CATALOGUE]
    if name in COLUMNS:
        return
    if not all(name in model.model_fields for model in models):
        yield Fault(file, pointer, f"an event of these types has no member `{name}`")
    elif name not in members:
        yield Fault(file, pointer, f"insights keeps no member `{name}`")


def _is_of_kind(value: object, kind: Kind) -> bool:
    kinds: Mapping[Kind, Callable[[object], bool]] = {
        Kind.BOOLEAN: lambda each: type(each) is bool,
        Kind.INTEGER: lambda each: type(each) is int,
        Kind.TEXT: lambda each: type(each) is str,
        Kind.DATE: lambda each: days.day(each) is not None,
    }
    return kinds[kind](value)


def _cycles(forms: Sequence[FactForm], facts: Mapping[str, FactForm]) -> Iterator[Fault]:
    for place, fact in enumerate(forms):
        way = _way_back(fact.name, fact, facts, frozenset())
        if way:
            shown = " -> ".join([fact.name, *way])
            yield Fault(FACTS, f"/{place}/when", f"follows from itself: {shown}")


def _way_back(
    name: str, fact: FactForm, facts: Mapping[str, FactForm], seen: frozenset[str]
) -> list[str]:
    """Return the names that lead from a fact back to `name`; none if it does not depend on it."""
    nodes = walk(fact.when, "") if fact.when is not None else ()
    for below in [each.fact for _, each in nodes if each.fact in facts and each.fact not in seen]:
        assert below is not None  # noqa: S101 - it is among the facts
        way = [] if below == name else _way_back(name, facts[below], facts, seen | {below})
        if way or below == name:
            return [below, *way]
    return []


def _unknown(file: str, pointer: str, what: str, name: str) -> Fault:
    return Fault(file, pointer, f"there is no {what} `{name}`")
