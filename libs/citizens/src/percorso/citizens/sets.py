"""Sets of linked subjects, computed from live links alone; pure."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

MAX_SUBJECTS = 50  # of one citizen (contract, section 6)


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """One end of a link: a pseudonym, and whether its scheme names a person."""

    id: UUID
    is_person: bool


Link = tuple[Subject, Subject]
CitizenSet = frozenset[Subject]


def components(links: Iterable[Link]) -> list[CitizenSet]:
    """Return the sets of subjects that the links connect; of whatever order the links are in."""
    neighbours: dict[Subject, set[Subject]] = defaultdict(set)
    for one, other in links:
        neighbours[one].add(other)
        neighbours[other].add(one)
    found: list[CitizenSet] = []
    while neighbours:
        found.append(_take_component(neighbours))
    return found


def _take_component(neighbours: dict[Subject, set[Subject]]) -> CitizenSet:
    start, around = neighbours.popitem()
    component, waiting = {start}, list(around)
    while waiting:
        subject = waiting.pop()
        if subject not in component:
            component.add(subject)
            waiting += neighbours.pop(subject)
    return frozenset(component)


def is_one_citizen(subjects: Iterable[Subject]) -> bool:
    """Say whether these subjects may be one citizen: one person at the most, 50 subjects."""
    distinct = set(subjects)
    return people(distinct) <= 1 and len(distinct) <= MAX_SUBJECTS


def people(subjects: Iterable[Subject]) -> int:
    """Count the people among the subjects."""
    return sum(subject.is_person for subject in subjects)


def citizens(links: Iterable[Link]) -> list[frozenset[UUID]]:
    """Return the sets of subjects that are one citizen each; a subject that is alone is in none.

    Links that together would make two people one connect nobody. Identity never lets them live,
    but topics have no order among partitions: a consumer may meet a new link before the removal
    that made it possible.
    """
    return [
        frozenset(subject.id for subject in component)
        for component in components(links)
        if is_one_citizen(component)
    ]
