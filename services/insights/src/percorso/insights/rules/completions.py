"""What unknown facts could still be: a rule is searched over one value of each sort; pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations, product

from percorso.insights.rules.conditions import alternatives
from percorso.insights.rules.scope import Fact, Node, Scope
from percorso.insights.rules.view import Value

Compared = Mapping[str, Sequence[tuple[str, object]]]
Choices = Mapping[str, Sequence[Value]]


def smallest(
    node: Node, scope: Scope, facts: Iterable[Fact], compared: Compared
) -> tuple[Fact, ...] | None:
    """Return the smallest set of unknown facts that, once known, could make it true for sure.

    Empty: it is true whatever they are. None: it is false whatever they are. Of equally small
    sets, the first in the order of `facts`.
    """
    unknown = [fact for fact in facts if scope.value(fact) is None]
    choices = {each.key: alternatives(each, compared[each.name], scope.today) for each in unknown}
    if not _possible(node, scope, unknown, choices, want=True):
        return None
    sets = (each for size in range(len(unknown) + 1) for each in combinations(unknown, size))
    return next(each for each in sets if _could_settle(node, scope, unknown, choices, each))


def possible(node: Node, scope: Scope, facts: Sequence[Fact], compared: Compared) -> bool:
    """Say whether any values of the facts, of those that events can say, make it true."""
    choices = {each.key: _sayable(each, compared[each.name], scope.today) for each in facts}
    return _possible(node, scope, facts, choices, want=True)


def _sayable(fact: Fact, compared: Sequence[tuple[str, object]], today: date) -> list[Value]:
    if fact.said is not None:
        return sorted(fact.said, key=str)
    return alternatives(fact, compared, today)


def _could_settle(
    node: Node,
    scope: Scope,
    unknown: Sequence[Fact],
    choices: Choices,
    chosen: Sequence[Fact],
) -> bool:
    rest = [each for each in unknown if each not in chosen]
    keys = [each.key for each in chosen]
    supposed = (
        scope.supposing(dict(zip(keys, values, strict=True)))
        for values in product(*(choices[key] for key in keys))
    )
    return any(not _possible(node, each, rest, choices, want=False) for each in supposed)


def _possible(
    node: Node, scope: Scope, facts: Sequence[Fact], choices: Choices, *, want: bool
) -> bool:
    """Say whether values of the facts exist with which the condition is what is wanted."""
    truth = node(scope)
    if truth is not None or not facts:
        return truth is want
    first, rest = facts[0], facts[1:]
    return any(
        _possible(node, scope.supposing({first.key: value}), rest, choices, want=want)
        for value in choices[first.key]
    )
