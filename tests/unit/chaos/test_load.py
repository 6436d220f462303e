"""The chaos run's load: a city's life by every way in, the same for the same seed."""

import json
from collections import Counter
from itertools import islice

import pytest

from percorso.city.agencies import AGENCIES
from percorso.city.claims import Claim
from tests.chaos import malformed, subjects
from tests.chaos.claims import Claims
from tests.chaos.load import BINARY, Load, Request

TEXT = "canarytext"


class Made:
    """What a load made of a seed."""

    def __init__(self, seed: int, requests: int = 400) -> None:
        self.claims: list[Claim] = []
        city = subjects.city(seed)
        load = Load(seed, city, text=TEXT, listen=self.claims.append)
        self.requests = [load.next_request() for _ in range(requests)]
        self.events = {made.id: made for each in self.requests for made in each.made}
        around = Claims(seed, city)
        self.all_claims = [each for claim in self.claims for each in around.around(claim)]


@pytest.fixture(scope="module")
def made() -> Made:
    return Made(7)


def told(request: Request) -> list[str]:
    """Return the ids that a request's body or headers name."""
    match request.headers["Content-Type"]:
        case "application/json":
            return [request.headers["ce-id"]]
        case malformed.SINGLE:
            return [json.loads(request.body)["id"]]
        case malformed.BATCH:
            return [event["id"] for event in json.loads(request.body)]
        case _:
            return [json.loads(line)["id"] for line in request.body.splitlines()]


def test_the_same_seed_makes_the_same_requests_and_claims(made: Made) -> None:
    again, other = Made(7), Made(8, 20)

    assert again.requests == made.requests
    assert again.all_claims == made.all_claims
    assert other.requests != made.requests[:20]


def test_a_request_holds_the_events_that_it_names(made: Made) -> None:
    assert all(told(request) == request.ids for request in made.requests)


def test_every_agency_sends_by_every_way(made: Made) -> None:
    ways = Counter((each.agency, each.headers["Content-Type"]) for each in made.requests)

    assert {agency for agency, _ in ways} == {agency.code for agency in AGENCIES}
    media_types = {malformed.SINGLE, malformed.BATCH, malformed.LINES, BINARY}
    assert {media_type for _, media_type in ways} == media_types
    assert all(
        made.events[event].source.startswith(f"urn:it:{request.agency}:")
        for request in made.requests
        for event in request.ids
    )


def test_there_are_copies_ties_withdrawals_and_malformed_events(made: Made) -> None:
    times_sent = Counter(event for request in made.requests for event in request.ids)
    places = Counter((each.subject, each.time) for each in made.events.values())
    withdrawn = {each.withdraws for each in made.events.values() if each.withdraws}
    order = list(made.events)

    assert sum(times > 1 for times in times_sent.values()) > 100
    assert sum(times > 1 for times in places.values()) > 100
    assert sum(not each.is_valid for each in made.events.values()) > 50
    assert len(withdrawn) > 50
    first = [each for each in made.events.values() if each.withdraws in made.events]
    assert any(order.index(each.id) < order.index(each.withdraws or "") for each in first)


def test_texts_carry_the_canary(made: Made) -> None:
    texts = [each.touchpoint["text"] for each in made.events.values() if "text" in each.touchpoint]

    assert texts
    assert all(text.endswith(TEXT) for text in texts)


def test_claims_are_made_twice_undone_and_about_the_wrong_person(made: Made) -> None:
    claims = made.all_claims
    owners = {
        known: person for person in subjects.city(7).people for known in person.known_as.values()
    }

    twice = sum(one == other for one, other in zip(claims, islice(claims, 1, None), strict=False))
    wrong = {
        each.reference for each in claims if owners[each.subjects[0]] != owners[each.subjects[1]]
    }

    assert twice > 20
    assert sum(each.is_undone for each in claims) > 20
    assert len(wrong) > 20
