"""Posting a batch: bytes as they are, refusals read whatever their form."""

import json

import httpx
import pytest

from percorso.client.errors import BadAnswer, Failed, Refused, Unavailable, Unreachable
from percorso.client.events import Events
from percorso.client.remote import Remote
from tests.unit.client.fake_system import FakeSystem, Respond, accept_all, an_event, problem

EVENTS = [an_event(number) for number in range(3)]


def door(respond: Respond) -> tuple[Events, FakeSystem]:
    fake = FakeSystem()
    fake.route("POST", "/v1/events", respond)
    return Events(Remote("identity", fake.open_http("http://identity.test"))), fake


def test_the_bytes_of_events_travel_untouched() -> None:
    events, fake = door(accept_all)

    answer = events.post(EVENTS, token="t")

    [request] = fake.requests
    assert answer.accepted == 3
    assert request.content == b"[" + b",".join(EVENTS) + b"]"
    assert request.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert request.headers["Authorization"] == "Bearer t"
    assert "validate" not in request.url.params


def test_validation_is_asked_for() -> None:
    events, fake = door(accept_all)

    events.post(EVENTS, token="t", validate=True)

    assert fake.requests[0].url.params["validate"] == "true"


def test_a_refused_batch_names_its_events() -> None:
    listed = {"index": 1, "id": "x", "problem": {"type": "a", "title": "b", "pointer": "/type"}}
    events, _ = door(
        lambda _: problem(422, "refused", "Nothing accepted", accepted=0, rejected=[listed])
    )

    answer = events.post(EVENTS, token="t")

    assert answer.accepted == 0
    assert [(one.index, one.problem and one.problem.pointer) for one in answer.rejected] == [
        (1, "/type")
    ]


def test_a_refusal_without_list_is_of_every_event() -> None:
    events, _ = door(lambda _: problem(422, "invalid", "Not valid"))

    answer = events.post(EVENTS, token="t")

    assert [one.index for one in answer.rejected] == [0, 1, 2]


@pytest.mark.parametrize("status", [400, 413])
def test_one_event_too_large_does_not_refuse_its_neighbours(status: int) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        if any(event["id"] == "2026-000004" for event in json.loads(request.content)):
            return problem(status, "too-large", "Too large")
        return accept_all(request)

    events, _ = door(respond)

    answer = events.post([an_event(number) for number in range(7)], token="t")

    assert answer.accepted == 6
    assert [one.index for one in answer.rejected] == [4]


@pytest.mark.parametrize("status", [401, 403, 404, 415])
def test_what_is_not_about_events_is_raised(status: int) -> None:
    events, _ = door(lambda _: problem(status, "x", "No"))

    with pytest.raises(Refused):
        events.post(EVENTS, token="t")


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(202, json={"accepted": 2, "rejected": [{"index": 3}]}),
        httpx.Response(302, headers={"Location": "https://elsewhere.test"}),
    ],
)
def test_an_answer_outside_the_contract_is_no_acceptance(answer: httpx.Response) -> None:
    events, _ = door(lambda _: answer)

    with pytest.raises(BadAnswer):
        events.post(EVENTS, token="t")


@pytest.mark.parametrize(
    ("status", "error"),
    [(429, Unavailable), (503, Unavailable), (502, Unavailable), (500, Failed)],
)
def test_statuses_tell_what_may_be_tried_again(status: int, error: type[Exception]) -> None:
    events, _ = door(lambda _: httpx.Response(status, headers={"Retry-After": "2"}))

    with pytest.raises(error):
        events.post(EVENTS, token="t")


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
def test_a_broken_connection_is_unreachable(error: Exception) -> None:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error

    events, _ = door(respond)

    with pytest.raises(Unreachable, match=r"identity .*identity\.test"):
        events.post(EVENTS, token="t")
