"""Links through the client."""

import json
from uuid import UUID

import httpx
import pytest

from percorso.client import Refused, SubjectIdentifier
from percorso.client.links import Links
from percorso.client.remote import Remote
from tests.unit.client.fake_system import FakeSystem, problem

LINK = UUID("0197f3a0-0000-7000-8000-000000000001")
ONE, OTHER = SubjectIdentifier("cf", "RSSMRA85T10A562S"), SubjectIdentifier("visitor", "c_a182:1")


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


@pytest.fixture
def links(system: FakeSystem) -> Links:
    return Links(Remote("identity", system.open_http("http://identity.test")))


def test_a_link_is_said_as_an_agency_says_it(system: FakeSystem, links: Links) -> None:
    answer = httpx.Response(201, json={"link_id": str(LINK)})
    system.route("POST", "/v1/links", lambda _: answer)

    assert links.add(ONE, OTHER, reference="AN/7", token="t") == LINK

    [asked] = system.asked("/v1/links")
    assert asked.headers["Authorization"] == "Bearer t"
    assert json.loads(asked.content) == {
        "subjects": [ONE.body(), OTHER.body()],
        "proof": {"kind": "agency", "reference": "AN/7"},
    }


def test_a_link_is_undone_by_its_id(system: FakeSystem, links: Links) -> None:
    system.route("DELETE", f"/v1/links/{LINK}", lambda _: httpx.Response(204))

    links.undo(LINK, token="t")

    assert len(system.requests) == 1


def test_a_refusal_says_why(system: FakeSystem, links: Links) -> None:
    refused = problem(409, "two-people", "The link would make two people one")
    system.route("POST", "/v1/links", lambda _: refused)

    with pytest.raises(Refused) as error:
        links.add(ONE, OTHER, reference="AN/7", token="t")

    assert error.value.problem.slug == "two-people"
    assert "RSSMRA" not in str(error.value)
