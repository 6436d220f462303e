"""Conditions compiled to functions of a scope, three-valued as Kleene has it; pure."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

from percorso.events.types.own import Words
from percorso.insights.rules.days import shifted
from percorso.insights.rules.forms import Condition, FactForm, Kind, Offset
from percorso.insights.rules.scope import Fact, Node, Scope, Truth
from percorso.insights.rules.view import Value

Test = Callable[[Any, date], bool]
ANOTHER = "?"  # stands for any text that no condition names; no code is written so
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "is": operator.eq,
    "at_least": operator.ge,
    "at_most": operator.le,
    "from": operator.ge,
    "until": operator.le,
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A condition that has words: what is shown of an evaluation."""

    pointer: str
    node: Node
    words: Words
    facts: tuple[Fact, ...]  # leaves, in the order written


def node(condition: Condition, facts: Mapping[str, Fact]) -> Node:
    """Compile a condition whose facts all exist and are of the kind that is compared."""
    if condition.fact is not None and condition.comparison is not None:
        return comparison(facts[condition.fact], *condition.comparison)
    parts = [node(part, facts) for _, part in condition.parts]
    if condition.not_ is not None:
        return _not(parts[0])
    return _all(parts) if condition.all_ is not None else _any(parts)


def lines(condition: Condition, facts: Mapping[str, Fact], pointer: str) -> Iterator[Line]:
    """Compile what is shown: the outermost conditions that have words."""
    if condition.words is not None:
        shown = [facts[name] for name in placeholders(condition.words)]
        found = tuple(dict.fromkeys([*leaves(condition, facts), *shown]))
        yield Line(pointer, node(condition, facts), condition.words, found)
        return
    for place, part in condition.parts:
        yield from lines(part, facts, pointer + place)


def leaves(condition: Condition, facts: Mapping[str, Fact]) -> list[Fact]:
    """Return the facts that a condition rests on in the end, each once, in the order written."""
    named = (facts[each.fact] for _, each in walk(condition, "") if each.fact is not None)
    return list(dict.fromkeys(leaf for fact in named for leaf in fact.leaves))


def comparisons(
    condition: Condition, forms: Mapping[str, FactForm]
) -> Iterator[tuple[str, tuple[str, object]]]:
    """Yield every comparison with its fact's name, those of facts that follow included."""
    for _, each in walk(condition, ""):
        if each.fact is not None and each.comparison is not None:
            yield each.fact, each.comparison
            follows = forms[each.fact].when
            if follows is not None:
                yield from comparisons(follows, forms)


def placeholders(words: Words) -> list[str]:
    """Return the names of the facts that stand in the words, such as `{child.born-on}`."""
    return list(dict.fromkeys(PLACEHOLDER.findall(f"{words.it} {words.en}")))


def walk(condition: Condition, pointer: str) -> Iterator[tuple[str, Condition]]:
    """Yield a condition and all within, each with its pointer."""
    yield pointer, condition
    for place, part in condition.parts:
        yield from walk(part, pointer + place)


def alternatives(fact: Fact, compared: Sequence[tuple[str, object]], today: date) -> list[Value]:
    """Return a finite abstraction of a fact: one value, or more, of each sort that is told apart.

    `compared` are all comparisons of it, by name and operand.
    """
    operands = [each for _, operand in compared for each in _several(operand)]
    match fact.kind:
        case Kind.BOOLEAN:
            return [False, True]
        case Kind.TEXT:
            named = [str(each) for each in operands]
            return list(
                dict.fromkeys([*(fact.values or named), *([] if fact.values else [ANOTHER])])
            )
        case Kind.INTEGER:
            numbers = [cast("int", each) for each in operands]
            return sorted({max(each + step, 0) for each in numbers for step in (-1, 0, 1)})
        case Kind.DATE:
            days = [_resolved(cast("date | Offset", each), today) for each in operands]
            return sorted({each + step * _DAY for each in days for step in (-1, 0, 1)})


def _several(operand: object) -> list[object]:
    return operand if isinstance(operand, list) else [operand]


def comparison(fact: Fact, name: str, operand: object) -> Node:
    """Compile the comparison of a fact with something of its kind."""
    if operand is True:
        return lambda scope: cast("Truth", scope.value(fact))
    test = _test(name, operand)

    def truth(scope: Scope) -> Truth:
        value = scope.value(fact)
        return None if value is None else test(value, scope.today)

    return truth


def _test(name: str, operand: object) -> Test:
    if isinstance(operand, list):
        allowed = frozenset(operand)
        return lambda value, _: value in allowed
    compare = _COMPARE[name]
    if isinstance(operand, Offset):
        years, months, days = operand.years, operand.months, operand.days
        return lambda value, today: compare(value, shifted(today, years, months, days))
    return lambda value, _: compare(value, operand)


def _resolved(operand: date | Offset, today: date) -> date:
    if isinstance(operand, Offset):
        return shifted(today, operand.years, operand.months, operand.days)
    return operand


def _not(part: Node) -> Node:
    def truth(scope: Scope) -> Truth:
        found = part(scope)
        return None if found is None else not found

    return truth


def _all(parts: Sequence[Node]) -> Node:
    def truth(scope: Scope) -> Truth:
        is_known = True
        for part in parts:
            found = part(scope)
            if found is False:
                return False
            is_known = is_known and found is not None
        return True if is_known else None

    return truth


def _any(parts: Sequence[Node]) -> Node:
    def truth(scope: Scope) -> Truth:
        is_known = True
        for part in parts:
            found = part(scope)
            if found is True:
                return True
            is_known = is_known and found is not None
        return False if is_known else None

    return truth
