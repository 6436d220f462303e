"""Claims: logins prove who is one person, clerks err and notice, and nobody is made two people."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.city.agencies import AGENCIES
from percorso.city.calendar import instant_text
from percorso.city.claims import Pair
from percorso.city.noise import Rates
from percorso.city.people import Identifier
from percorso.city.truth import LinkTruth
from percorso.identity.subjects import identifiers
from tests.support.cities import Played, a_city, played

PERSONS = {"cf", "cf-provisional", "idanpr", "eidas"}
CITIES = st.builds(
    lambda seed, people, count: played(a_city(seed, people, Rates(misfiled=0.5)), count),
    seed=st.integers(min_value=0, max_value=2**63),
    people=st.integers(min_value=1, max_value=60),
    count=st.integers(min_value=0, max_value=2_000),
)
a_few = settings(max_examples=12, deadline=None)


@given(city=CITIES)
@a_few
def test_the_truth_says_what_is_claimed_and_when(city: Played) -> None:
    said = [
        (
            claim.agency,
            claim.reference,
            claim.subjects,
            instant_text(claim.sent_ms),
            claim.is_undone,
        )
        for claim in city.claims
    ]
    true = [
        (line.agency, line.reference, _pair(line), at, is_undone)
        for line in city.of(LinkTruth)
        for at, is_undone in ((line.at, False), (line.until, True))
        if at
    ]

    assert sorted(said) == sorted(true)


@given(city=CITIES)
@a_few
def test_a_login_links_identifiers_of_one_person_for_ever(city: Played) -> None:
    for line in (line for line in city.of(LinkTruth) if line.until is None):
        known = set(_pair(line))

        assert known <= set(city.city.people[line.person].known_as.values())
        assert city.by_id[line.event]["type"] == "eu.percorso.login.made.v1"


@given(city=CITIES)
@a_few
def test_a_clerks_mistake_links_a_caller_with_somebody_else_and_is_undone(city: Played) -> None:
    for line in (line for line in city.of(LinkTruth) if line.until is not None):
        own, others = _pair(line)

        assert own in city.city.people[line.person].known_as.values()
        assert others not in city.city.people[line.person].known_as.values()
        assert line.until is not None
        assert datetime.fromisoformat(line.at) < datetime.fromisoformat(line.until)
        assert city.by_id[line.event]["type"] == "eu.percorso.call.ended.v1"


@given(city=CITIES)
@a_few
def test_whichever_claims_hold_no_two_people_are_one(city: Played) -> None:
    persons_of: dict[Identifier, set[Identifier]] = {}
    for one, other in (claim.subjects for claim in city.claims):
        for thing, person in ((one, other), (other, one)):
            if thing.scheme not in PERSONS:
                assert person.scheme in PERSONS
                persons_of.setdefault(thing, set()).add(person)

    assert all(len(persons) == 1 for persons in persons_of.values())


@given(city=CITIES)
@a_few
def test_an_agency_claims_what_it_may(city: Played) -> None:
    may = {agency.code for agency in AGENCIES if agency.may_link}

    for claim in city.claims:
        assert claim.agency in may
        for scheme, value in claim.subjects:
            assert identifiers.normalise(scheme, value, agency=claim.agency) == value


def test_a_small_share_is_undone() -> None:
    city = played(a_city(people=1_000), 20_000)
    links = city.of(LinkTruth)

    undone = [line for line in links if line.until]

    assert len(links) > 200
    assert 0.005 < len(undone) / len(links) < 0.1
    assert {line.agency for line in links} == {each.code for each in AGENCIES if each.may_link}


def test_without_mistakes_every_link_stays() -> None:
    city = played(a_city(people=1_000, rates=Rates(misfiled=0)), 10_000)

    assert city.claims
    assert not any(claim.is_undone for claim in city.claims)


def _pair(line: LinkTruth) -> Pair:
    one, other = (Identifier(each.scheme, each.value) for each in line.subjects)
    return one, other
