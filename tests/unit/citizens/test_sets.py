"""Which subjects are one citizen."""

import itertools
from random import Random
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from percorso.citizens.sets import Link, Subject, citizens, components, people

things = st.integers(0, 9).map(lambda n: Subject(UUID(int=n), is_person=n < 3))
links = st.lists(st.tuples(things, things).filter(lambda pair: pair[0] != pair[1]), max_size=14)


def connected(of: list[Link]) -> dict[UUID, frozenset[UUID]]:
    """Return the sets by a plain closure."""
    sets: dict[UUID, frozenset[UUID]] = {}
    for one, other in of:
        joined = sets.get(one.id, frozenset({one.id})) | sets.get(other.id, frozenset({other.id}))
        sets |= dict.fromkeys(joined, joined)
    return sets


@given(links)
def test_components_are_what_the_links_connect(of: list[Link]) -> None:
    found = {
        each.id: frozenset(s.id for s in component)
        for component in components(of)
        for each in component
    }

    assert found == connected(of)


@given(links, st.randoms())
def test_the_order_of_links_does_not_matter(of: list[Link], chance: Random) -> None:
    shuffled = of.copy()
    chance.shuffle(shuffled)

    assert set(citizens(shuffled)) == set(citizens(of))


@given(links)
def test_two_people_are_never_in_one_set(of: list[Link]) -> None:
    everybody = {subject for link in of for subject in link}

    for citizen in citizens(of):
        assert people(each for each in everybody if each.id in citizen) <= 1


@given(links)
def test_links_that_would_join_two_people_connect_nobody(of: list[Link]) -> None:
    for component in components(of):
        is_citizen = frozenset(subject.id for subject in component) in citizens(of)
        assert is_citizen == (people(component) <= 1)


def test_more_than_fifty_subjects_are_no_citizen() -> None:
    chain = [Subject(UUID(int=n), is_person=False) for n in range(1, 53)]

    assert [len(citizen) for citizen in citizens(itertools.pairwise(chain[:50]))] == [50]
    assert citizens(itertools.pairwise(chain)) == []
