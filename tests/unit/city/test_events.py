"""Events: each is valid for the catalogue and the door, and the city says all that it can."""

import json
from datetime import datetime
from functools import cache

import pytest

from percorso.city.agencies import AGENCIES
from percorso.city.services import SERVICES
from percorso.events import limits
from percorso.events.catalogue import CATALOGUE, Producer
from percorso.events.vocabularies import Channel
from percorso.identity.subjects import identifiers
from tests.support.cities import Played, a_city, played, touchpoint


@cache
def the_default_city() -> Played:
    return played(a_city(people=2_000), 20_000)


def test_every_event_is_valid_for_the_model_of_its_type() -> None:
    for event in the_default_city().events:
        known = CATALOGUE[event["type"]]

        assert known.producer is Producer.AGENCY
        known.model.model_validate_json(json.dumps(touchpoint(event)))


def test_every_identifier_is_one_that_the_door_takes_from_that_agency() -> None:
    for event in the_default_city().events:
        citizen, agency = event["data"]["citizen"], event["source"].split(":")[2]

        assert identifiers.normalise(citizen["scheme"], citizen["value"], agency=agency)


def test_every_source_is_of_one_of_the_six_agencies_and_all_of_them_speak() -> None:
    codes = {event["source"].split(":")[2] for event in the_default_city().events}

    assert len(AGENCIES) == 6
    assert codes == {agency.code for agency in AGENCIES}


def test_there_are_twelve_services_and_more_and_people_use_all_of_them() -> None:
    used = {touchpoint(event).get("service") for event in the_default_city().events}

    assert len(SERVICES) >= 12
    assert used - {None} == {service.code for service in SERVICES}


def test_a_services_channels_are_of_the_vocabulary() -> None:
    channels = {channel for service in SERVICES for channel in service.channels}

    assert channels <= set(Channel.__args__)  # type: ignore[attr-defined]


def test_every_channel_of_the_last_level_is_used() -> None:
    codes: set[str] = set(Channel.__args__)  # type: ignore[attr-defined]
    last = {code for code in codes if not any(each.startswith(f"{code}.") for each in codes)}

    used = {touchpoint(event)["channel"] for event in the_default_city().events}

    assert used == last


def test_the_city_tells_every_type_that_agencies_send() -> None:
    told = {event["type"] for event in the_default_city().events}

    assert told == {each.name for each in CATALOGUE.values() if each.producer is Producer.AGENCY}


def test_an_event_is_far_below_every_limit() -> None:
    longest = max(len(sending.raw) for sending in the_default_city().sendings)

    assert longest < limits.MAX_TOUCHPOINT_BYTES // 10


def test_there_is_life_at_night_and_more_by_day() -> None:
    hours = [int(event["time"][11:13]) for event in the_default_city().events]
    night, noon = (
        sum(hour in {1, 2, 3} for hour in hours),
        sum(hour in {9, 10, 11} for hour in hours),
    )

    assert len(hours) / 100 < night < noon / 4


def test_facts_of_the_same_instant_are_numbered() -> None:
    events = the_default_city().events
    numbered = [event for event in events if event.get("sequence") == "1"]

    firsts = {datetime.fromisoformat(event["time"]) for event in events if "sequence" not in event}
    assert numbered
    assert all(datetime.fromisoformat(event["time"]) in firsts for event in numbered)


@pytest.mark.parametrize("word", ["@posta.example", "+39399", "cf:"])
def test_a_touchpoint_holds_no_identifier(word: str) -> None:
    texts = (json.dumps(touchpoint(event)) for event in the_default_city().events)

    assert not any(word in text for text in texts)
