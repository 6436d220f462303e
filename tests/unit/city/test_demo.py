"""The demo people: always the same three, to whom happens what is said of them."""

from datetime import date

import pytest

from percorso.city import demo
from percorso.city.calendar import DAY
from percorso.city.city import City
from percorso.city.fiscal_codes import is_omocode
from percorso.city.memory import HISTORY
from percorso.city.repertoire import BIRTH, MOVING_HOUSE, PARKING_FINE, WASTE_SERVICE
from percorso.city.truth import JourneyTruth
from tests.support.cities import a_city

STARTS = [date(2026, 1, 1), date(2026, 4, 20), date(2026, 8, 3), date(2026, 10, 11)]


def a_default_city(start: date) -> City:
    return City(start=start)


def told(city: City) -> dict[str, JourneyTruth]:
    lines = [line for story in demo.stories(city) for line in story.lines]
    return {line.journey: line for line in lines if isinstance(line, JourneyTruth)}


def sources(city: City, journey: JourneyTruth) -> set[str]:
    return {event.source.split(":")[2] for event in journey.events}


def test_they_are_the_same_three_whenever_the_city_starts() -> None:
    one, other = (demo.document(a_default_city(start)) for start in STARTS[:2])

    assert one == other
    assert [person["name"] for person in one] == [
        "Daniele Ferri",
        "Noemi Rossi",
        "Federica Silvestri",
    ]


@pytest.mark.parametrize("start", STARTS)
def test_what_is_said_of_them_happens(start: date) -> None:
    city = a_default_city(start)
    mover, mother, neighbour = (each.person for each in demo.people(city))

    journeys = told(city)

    moving, birth = journeys[MOVING_HOUSE.name], journeys[BIRTH.name]
    assert is_omocode(mover.fiscal_code)
    assert (moving.person, moving.outcome, len(sources(city, moving))) == (
        mover.number,
        "accepted",
        5,
    )
    assert "asked" in [stage.stage for stage in moving.stages]
    assert birth.person == mother.number
    assert city.households[mother.household].mailbox == mother.known_as["email"].value
    waste = journeys[WASTE_SERVICE.name]
    assert waste.person == journeys[PARKING_FINE.name].person == neighbour.number
    assert {each.result for each in waste.collections} == {"delivered", "missed", "recovered"}
    assert "contested" in [stage.stage for stage in journeys[PARKING_FINE.name].stages]


@pytest.mark.parametrize("start", STARTS)
def test_what_two_agencies_know_of_the_third_is_linked_when_the_history_is_over(
    start: date,
) -> None:
    city = a_default_city(start)
    neighbour, why = demo.people(city)[2][:2]
    now_ms = city.start_ms + HISTORY.days * DAY

    linked = {
        claim.subjects[0]
        for story in demo.stories(city)
        for claim in story.claims
        if claim.subjects[1] == neighbour.known_as["cf"] and claim.sent_ms < now_ms
    }

    assert {"customer", "app"} <= {subject.scheme for subject in linked}
    assert all(f"{scheme}:{value}" in why for scheme, value in linked if scheme != "phone")


@pytest.mark.parametrize("start", STARTS)
def test_most_of_it_has_happened_when_the_history_is_over(start: date) -> None:
    city = a_default_city(start)
    now_ms = city.start_ms + HISTORY.days * DAY

    sent = [each.sent_ms for story in demo.stories(city) for each in story.sendings]

    assert sum(each < now_ms for each in sent) > 60


@pytest.mark.parametrize("start", STARTS)
def test_a_birth_is_registered_within_the_month_before_the_history_is_over(start: date) -> None:
    city = a_default_city(start)
    now_ms = city.start_ms + HISTORY.days * DAY

    (sent_ms,) = (
        each.sent_ms
        for story in demo.stories(city)
        for each in story.sendings
        if b"birth.registered" in each.raw
    )

    assert now_ms - 30 * DAY < sent_ms < now_ms


def test_who_allows_nothing_is_said() -> None:
    wishes = [person.wishes for person in demo.people(a_default_city(STARTS[0]))]

    assert [text.partition(" ")[0] for text in wishes] == ["allows"] * 3
    assert ["nothing" in text for text in wishes] == [False, False, True]


def test_the_smallest_city_has_demo_people_too() -> None:
    assert len(demo.document(a_city(people=1))) == 3
