"""What facts add to metrics: a pure function of the facts of one unit, and what a change changes.

A unit is the facts of one citizen's matter at one agency or, of a fact without matter, that fact.
A batch adds `contributions(after) - contributions(before)` of each unit that it touches: the counts
depend on which facts count, and not on how and in which order they came.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from percorso.insights.experience.definitions import FAMILIES
from percorso.insights.experience.metric import Cell, Contribution
from percorso.insights.facts.rows import Change, Fact

# The facts that matter to a whole matter; of others, each stands for itself.
MATTER_TYPES = frozenset[str]().union(
    *(family.types for family in FAMILIES if family.of_matter is not None)
)


class Unit(NamedTuple):
    """The matter of one citizen at one agency."""

    subject: UUID
    agency: str
    matter: str


class Row(NamedTuple):
    """What is added to the counts of one cell."""

    cell: Cell
    times: int
    total: int


def contributions(facts: Iterable[Fact]) -> Counter[Contribution]:
    """Return what facts add to metrics, given all facts of the units that they belong to."""
    given = list(facts)
    counts = Counter(_of_facts(given))
    for matter in matters(given).values():
        counts.update(_of_matter(matter))
    return counts


def difference(change: Change, after: Iterable[Fact]) -> Counter[Contribution]:
    """Return what a change adds to metrics, and takes from them.

    `after` are the facts that count once the change is made, of `MATTER_TYPES` in the matters
    that the change touches.
    """
    counts = Counter(_of_facts(change.added))
    counts.subtract(_of_facts(change.hidden))
    now, new = list(after), {fact.place for fact in change.added}
    before = [*(fact for fact in now if fact.place not in new), *change.hidden]
    for matter in matters(now).values():
        counts.update(_of_matter(matter))
    for matter in matters(before).values():
        counts.subtract(_of_matter(matter))
    return counts


def matters(facts: Iterable[Fact]) -> Mapping[Unit, Sequence[Fact]]:
    """Return facts of `MATTER_TYPES` by their matter, in the order in which they occurred."""
    found: defaultdict[Unit, list[Fact]] = defaultdict(list)
    for fact in facts:
        if fact.matter is not None and fact.type in MATTER_TYPES:
            found[Unit(fact.subject, fact.agency, fact.matter)].append(fact)
    for of_one in found.values():
        of_one.sort(key=lambda fact: fact.place)
    return found


def rows(counts: Mapping[Contribution, int]) -> list[Row]:
    """Return what the cells' counts and sums grow by, in the order of their key, none by nothing."""
    grown: dict[Cell, tuple[int, int]] = {}
    for (cell, value), times in counts.items():
        before, total = grown.get(cell, (0, 0))
        grown[cell] = (before + times, total + times * value)
    return [Row(cell, *grown[cell]) for cell in sorted(grown) if any(grown[cell])]


def _of_facts(facts: Iterable[Fact]) -> Iterator[Contribution]:
    for fact in facts:
        for family in FAMILIES:
            if family.of_fact and (not family.types or fact.type in family.types):
                yield from family.of_fact(fact)


def _of_matter(facts: Sequence[Fact]) -> Iterator[Contribution]:
    for family in FAMILIES:
        if family.of_matter:
            yield from family.of_matter([fact for fact in facts if fact.type in family.types])
