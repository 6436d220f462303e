"""People: everybody has valid identifiers of their own, and some share a mailbox."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.city.fiscal_codes import CodesUsedUp, fiscal_code, is_omocode
from percorso.city.people import Household, Identifier, Person, settle
from percorso.identity.subjects import identifiers

SEEDS = st.integers(min_value=0, max_value=2**63)


def everybody(seed: int, count: int) -> list[Person]:
    return [person for home in settle(seed, count) for person in home.members]


def agency_of(identifier: Identifier) -> str | None:
    own = identifier.scheme in identifiers.OWN_SCHEMES
    return identifiers.agency_of(identifier.value) if own else None


@given(seed=SEEDS, count=st.integers(min_value=1, max_value=300))
@settings(max_examples=25, deadline=None)
def test_every_identifier_is_valid_and_written_as_it_is_normalised(seed: int, count: int) -> None:
    people = everybody(seed, count)

    assert len(people) == count
    for person in people:
        for known in person.known_as.values():
            normal = identifiers.normalise(known.scheme, known.value, agency=agency_of(known))
            assert normal == known.value


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_nobody_has_the_identifier_of_another_but_a_familys_mailbox(seed: int) -> None:
    homes = list(settle(seed, 300))

    people = [person for home in homes for person in home.members]
    holders = Counter(known for person in people for known in person.known_as.values())
    shared = {Identifier("email", home.mailbox) for home in homes if home.mailbox}
    assert {known for known, count in holders.items() if count > 1} == shared


@given(seed=SEEDS)
@settings(max_examples=20, deadline=None)
def test_the_same_seed_gives_the_same_people_however_many_come_after(seed: int) -> None:
    few = everybody(seed, 40)

    assert everybody(seed, 90)[: len(few)] == few


@given(one=SEEDS, other=SEEDS)
@settings(max_examples=20, deadline=None)
def test_another_seed_gives_other_people(one: int, other: int) -> None:
    codes = [{person.fiscal_code for person in everybody(seed, 60)} for seed in (one, other)]

    assert (codes[0] == codes[1]) is (one == other)
    assert one == other or len(codes[0] & codes[1]) < 3


def test_the_default_city_has_omocodes_families_with_one_mailbox_and_every_scheme() -> None:
    homes: list[Household] = list(settle(7, 2_000))

    people = [person for home in homes for person in home.members]
    assert sum(is_omocode(person.fiscal_code) for person in people) > 20
    assert sum(home.mailbox is not None for home in homes) > 100
    schemes = {known.scheme for person in people for known in person.known_as.values()}
    assert schemes == {scheme.value for scheme in identifiers.Scheme}


def test_a_code_that_is_taken_becomes_an_omocode_seven_times_and_no_more() -> None:
    taken: set[str] = set()

    def another() -> str:
        return fiscal_code(
            "Rossi",
            "Mario",
            is_woman=False,
            born=date(1985, 12, 10),
            birthplace="A562",
            taken=taken,
        )

    for _ in range(8):
        taken.add(another())

    assert len(taken) == 8
    assert "RSSMRA85T10A562S" in taken
    assert all(identifiers.normalise("cf", code, agency=None) for code in taken)
    with pytest.raises(CodesUsedUp):
        another()


@pytest.mark.parametrize(
    ("surname", "name", "letters"),
    [
        ("Rossi", "Gianni", "RSSGNN"),
        ("Riva", "Anna", "RVINNA"),
        ("Ro", "Al", "ROXLAX"),
        ("De Luca", "Federica", "DLCFRC"),
    ],
)
def test_names_give_six_letters(surname: str, name: str, letters: str) -> None:
    code = fiscal_code(
        surname, name, is_woman=True, born=date(1990, 1, 1), birthplace="A182", taken=()
    )

    assert code.startswith(f"{letters}90A41A182")
