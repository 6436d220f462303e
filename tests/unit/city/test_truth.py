"""The truth and the events agree."""

from collections import Counter
from datetime import datetime
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.city import truth
from percorso.city.noise import Rates
from percorso.city.people import settle
from percorso.city.repertoire import JOURNEYS
from percorso.city.truth import (
    BurstTruth,
    DuplicateTruth,
    LateTruth,
    SharedTruth,
    WithdrawnTruth,
)
from tests.support.cities import Played, a_city, played, touchpoint

CITIES = st.builds(
    lambda seed, people, count: played(a_city(seed, people), count),
    seed=st.integers(min_value=0, max_value=2**63),
    people=st.integers(min_value=3, max_value=400),
    count=st.integers(min_value=0, max_value=2_500),
)
a_few = settings(max_examples=8, deadline=None)


def instant(event: dict[str, str]) -> datetime:
    return datetime.fromisoformat(event["time"])


@given(city=CITIES)
@a_few
def test_a_journeys_events_are_those_that_the_truth_lists(city: Played) -> None:
    for journey in city.journeys:
        events = [city.by_id[told] for told in journey.events]

        assert len(set(journey.events)) == len(events)
        assert all(one <= other for one, other in pairwise(map(instant, events)))
        matters = {touchpoint(event).get("matter") for event in events} - {None}
        assert matters == {journey.matter}


@given(city=CITIES)
@a_few
def test_a_stage_is_entered_by_an_event_of_its_journey_at_its_time(city: Played) -> None:
    for journey in city.journeys:
        assert journey.stages
        assert journey.outcome
        for stage in journey.stages:
            assert stage.event in journey.events
            assert instant(city.by_id[stage.event]) == datetime.fromisoformat(stage.at)


@given(city=CITIES)
@a_few
def test_collections_planned_are_those_delivered_and_missed(city: Played) -> None:
    for journey in (each for each in city.journeys if each.journey == "waste-service"):
        counted = Counter(city.by_id[told]["type"].split(".")[3] for told in journey.events)
        results = Counter(each.result for each in journey.collections)

        assert counted["planned"] == len(journey.collections)
        assert counted["delivered"] == results["delivered"]
        assert counted["missed"] == results["missed"] + results["recovered"]
        assert counted["recovered"] == results["recovered"]


@given(city=CITIES)
@a_few
def test_whatever_was_sent_twice_is_listed_and_nothing_else(city: Played) -> None:
    again = Counter(line.event for line in city.of(DuplicateTruth))

    assert city.times_sent - Counter(city.by_id.keys()) == again
    assert len({each.raw for each in city.sendings}) == len(city.by_id)


@given(city=CITIES)
@a_few
def test_a_late_event_was_sent_long_after_it_happened(city: Played) -> None:
    for line in city.of(LateTruth):
        at, sent_at = map(datetime.fromisoformat, (line.at, line.sent_at))

        assert at == instant(city.by_id[line.event])
        assert (sent_at - at).total_seconds() >= 30 * 60


@given(seed=st.integers(min_value=0, max_value=2**63))
@a_few
def test_a_clerks_mistake_is_withdrawn_by_its_source_for_the_person_it_was_entered_for(
    seed: int,
) -> None:
    city = played(a_city(seed, rates=Rates(mistake=0.5)), 1_000)
    codes = [person.fiscal_code for person in city.city.people]

    assert city.of(WithdrawnTruth)
    for line in city.of(WithdrawnTruth):
        wrong, withdrawal = city.by_id[line.event], city.by_id[line.by]
        about = {"source": wrong["source"], "id": wrong["id"]}
        assert touchpoint(withdrawal)["about"] == about
        assert withdrawal["source"] == wrong["source"]
        assert instant(wrong) < instant(withdrawal)
        for event in (wrong, withdrawal):
            assert event["data"]["citizen"]["value"].upper() == codes[line.person]
        assert line.person != line.meant_for
        assert not any(line.event in journey.events for journey in city.journeys)


@given(city=CITIES)
@a_few
def test_mail_from_a_shared_mailbox_is_known_to_be_somebodys(city: Played) -> None:
    mailboxes = {home.mailbox for home in city.city.households} - {None}
    sent = {
        told
        for told, event in city.by_id.items()
        if event["data"]["citizen"]["value"].lower() in mailboxes
    }

    lines = city.of(SharedTruth)
    assert {line.event for line in lines} == sent
    for line in lines:
        person = city.city.people[line.person]
        assert person.known_as["email"].value in mailboxes


def test_a_burst_is_as_many_reports_of_one_kind_and_area() -> None:
    city = played(a_city(people=1_000), 20_000)

    assert city.of(BurstTruth)
    for line in city.of(BurstTruth):
        reports = {
            told
            for told, event in city.by_id.items()
            if event["type"] == "eu.percorso.incident.reported.v1"
            and touchpoint(event)["kind"] == line.burst
            and touchpoint(event)["place"]["area"] == line.place
            and datetime.fromisoformat(line.at) <= instant(event)
            and instant(event) <= datetime.fromisoformat(line.until)
        }
        assert len(reports) == line.stories


def test_a_small_city_has_all_five_journeys() -> None:
    city = played(a_city(people=60), 600)

    assert {each.journey for each in city.journeys} == {kind.name for kind in JOURNEYS}
    assert len(JOURNEYS) == 5


def test_who_is_one_person_is_said_with_what_the_family_shares() -> None:
    homes = tuple(settle(7, 300))

    lines = truth.of_people(homes)

    people = [person for home in homes for person in home.members]
    assert [line.person for line in lines] == [person.number for person in people]
    for person, line in zip(people, lines, strict=True):
        assert [(each.scheme, each.value) for each in line.identifiers] == [
            *person.known_as.values()
        ]
    families = [line for line in lines if line.shared]
    assert len(families) == 2 * sum(home.mailbox is not None for home in homes)


@given(city=CITIES)
@a_few
def test_a_line_that_is_read_again_is_the_same(city: Played) -> None:
    for line in city.lines:
        assert truth.line(truth.read(truth.line(line))) == truth.line(line)
