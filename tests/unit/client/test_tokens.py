"""Tokens of the local issuer."""

import json

import httpx
import pytest

from percorso.client.errors import Refused
from percorso.client.identifiers import SubjectIdentifier
from percorso.client.remote import Remote
from percorso.client.tokens import IssuedToken, LocalTokens, is_operator
from tests.unit.client.fake_system import FakeSystem, problem

now_s = [0.0]


def local(fake: FakeSystem) -> LocalTokens:
    remote = Remote("identity", fake.open_http("http://identity.test"))
    return LocalTokens(remote, "the-local-secret", clock=lambda: now_s[0])


def test_a_citizen_is_asked_for_in_the_body_alone() -> None:
    fake = FakeSystem()

    token = local(fake).citizen(SubjectIdentifier("cf", "RSSMRA85T10A562S"))

    [request] = fake.requests
    assert token == "citizen-cf"
    assert request.headers["Authorization"] == "Bearer the-local-secret"
    assert "RSSMRA" not in str(request.url)
    assert json.loads(request.content) == {
        "caller": "citizen",
        "identifier": {"scheme": "cf", "value": "RSSMRA85T10A562S"},
        "level": 2,
    }


def test_an_agency_token_is_kept_until_shortly_before_it_expires() -> None:
    fake = FakeSystem()
    tokens = local(fake)

    now_s[0] = 0.0
    tokens.agency("c_a182")
    now_s[0] = 3000.0
    tokens.agency("c_a182")
    now_s[0] = 3550.0
    tokens.agency("c_a182")

    assert len(fake.requests) == 2


def test_an_unknown_agency_says_how_to_register_it() -> None:
    fake = FakeSystem()
    fake.route("POST", "/v1/tokens", lambda _: problem(404, "unknown-agency", "Unknown agency"))

    with pytest.raises(Refused, match="percorso agency add c_x --source urn:it:c_x:"):
        local(fake).agency("c_x")


def test_a_token_stays_out_of_repr() -> None:
    token = IssuedToken(access_token="eyJ", token_type="Bearer", expires_in=1)

    assert "eyJ" not in repr(token)


@pytest.mark.parametrize(
    ("token", "expected"),
    [
        ("e30.eyJyb2xlIjoiZGVzayJ9.x", True),
        ("e30.eyJhY3IiOiJ4In0.x", False),
        ("e30.WzFd.x", False),
        ("no token", False),
        ("a.%%%.b", False),
        ("a.é.b", False),
    ],
)
def test_an_operators_token_is_told_by_its_role(token: str, *, expected: bool) -> None:
    assert is_operator(token) is expected


def test_another_refusal_is_left_as_it_is() -> None:
    fake = FakeSystem()
    fake.route("POST", "/v1/tokens", lambda _: httpx.Response(404))

    with pytest.raises(Refused, match="404"):
        local(fake).agency("c_x")
