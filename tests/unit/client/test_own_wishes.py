"""What a citizen says of themself through the client: consents, addresses, quiet hours."""

import json
from typing import Any

import httpx
import pytest

from percorso.client import Addresses, BadAnswer, Refused
from percorso.client.consents import Consents
from percorso.client.contacts import Contacts
from percorso.client.preferences import Preferences
from percorso.client.remote import Remote
from tests.unit.client.fake_system import FakeSystem, problem

RECEIPT = {
    "id": "0197f3a0-0000-7000-8000-000000000001",
    "subject": "8f14e45f-ceea-867f-8a3e-2b7d9f3c1a00",
    "purpose": "feedback",
    "channel": "email",
    "given": True,
    "version": 3,
    "decided_at": "2026-05-04T10:00:00.120000Z",
    "text_version": 1,
}
CONSENT = {
    "purpose": "feedback",
    "channel": "email",
    "basis": "consent",
    "holds": True,
    "version": 3,
    "decided_at": "2026-05-04T10:00:00.120000Z",
    "decided_for": "any",
    "text": {"it": "...", "en": "..."},
}


@pytest.fixture
def system() -> FakeSystem:
    return FakeSystem()


@pytest.fixture
def remote(system: FakeSystem) -> Remote:
    return Remote("identity", system.open_http("http://identity.test"))


def answer(system: FakeSystem, method: str, path: str, body: object) -> None:
    """Answer this request with a body."""
    system.route(method, path, lambda _: httpx.Response(200, json=body))


def asked(system: FakeSystem, path: str) -> Any:
    """Return the body of the one request, made as the citizen."""
    [request] = system.asked(path)
    assert request.headers["Authorization"] == "Bearer t"
    return json.loads(request.content) if request.content else None


def test_a_decision_is_answered_with_its_receipt(system: FakeSystem, remote: Remote) -> None:
    answer(system, "PUT", "/v1/consents/me/feedback/email", RECEIPT)

    receipt = Consents(remote).decide("feedback", "email", given=True, token="t")

    assert receipt.model_dump(mode="json") == RECEIPT
    assert asked(system, "/v1/consents/me/feedback/email") == {"given": True}


def test_consents_are_read(system: FakeSystem, remote: Remote) -> None:
    answer(system, "GET", "/v1/consents/me", {"items": [CONSENT]})

    (consent,) = Consents(remote).read(token="t")

    assert (consent.purpose, consent.channel, consent.holds) == ("feedback", "email", True)
    assert asked(system, "/v1/consents/me") is None


def test_what_rests_on_law_is_refused(system: FakeSystem, remote: Remote) -> None:
    refused = problem(409, "rests-on-law", "This purpose rests on law, not on consent")
    system.route("PUT", "/v1/consents/me/service-notices/any", lambda _: refused)

    with pytest.raises(Refused) as raised:
        Consents(remote).decide("service-notices", "any", given=False, token="t")

    assert raised.value.problem.slug == "rests-on-law"


def test_addresses_are_said_whole_and_not_shown(system: FakeSystem, remote: Remote) -> None:
    kept = {"email": "qzx@example.org", "phone": None}
    answer(system, "PUT", "/v1/contacts/me", kept)
    answer(system, "GET", "/v1/contacts/me", kept)

    said = Contacts(remote).change(email="Qzx@example.org", phone=None, token="t")

    assert asked(system, "/v1/contacts/me") == {"email": "Qzx@example.org", "phone": None}
    assert said == Contacts(remote).read(token="t") == Addresses(**kept)
    assert "qzx" not in repr(said)


@pytest.mark.parametrize("quiet_hours", [None, "22:00-07:00"])
def test_quiet_hours_are_said(system: FakeSystem, remote: Remote, quiet_hours: str | None) -> None:
    kept = {"quiet_hours": quiet_hours, "language": "it"}
    answer(system, "PUT", "/v1/preferences/me", kept)

    wishes = Preferences(remote).change(quiet_hours=quiet_hours, token="t")

    assert wishes.quiet_hours == quiet_hours
    assert asked(system, "/v1/preferences/me") == {"quiet_hours": quiet_hours}


def test_another_answer_is_a_bad_one(system: FakeSystem, remote: Remote) -> None:
    answer(system, "GET", "/v1/contacts/me", {"email": 7})

    with pytest.raises(BadAnswer):
        Contacts(remote).read(token="t")
