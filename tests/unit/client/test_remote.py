"""Calls to one service: waiting as asked, pages to their end."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from percorso.client.errors import BadAnswer, Unavailable
from percorso.client.problems import Problem, read_problem
from percorso.client.remote import Remote, retry_after_s
from tests.unit.client.fake_system import FakeSystem, in_turn


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    later = datetime.now(UTC) + timedelta(seconds=30)

    assert retry_after_s("3") == 3.0
    assert 25.0 < retry_after_s(format_datetime(later, usegmt=True)) <= 30.0


@pytest.mark.parametrize("header", ["", "soon", "-3", "Mon, 01 Jan 2001 00:00:00 GMT", "²"])
def test_a_retry_after_that_says_nothing_is_zero(header: str) -> None:
    assert retry_after_s(header) == 0.0


def test_what_the_service_asks_for_is_in_the_error() -> None:
    fake = FakeSystem()
    fake.route("GET", "/x", lambda _: httpx.Response(503, headers={"Retry-After": "4"}))

    with pytest.raises(Unavailable) as caught:
        Remote("journey", fake.open_http("http://journey.test")).call("GET", "/x")

    assert caught.value.retry_after_s == 4.0


def test_pages_are_followed_to_their_end() -> None:
    fake = FakeSystem()
    first = httpx.Response(200, content=b'{"items":[1.0,2],"next_cursor":"c1"}')
    last = httpx.Response(200, content=b'{"items":[ 3e0 ],"next_cursor":null}')
    fake.route("GET", "/x", in_turn(first, last))

    pages = list(
        Remote("journey", fake.open_http("http://j.test")).pages("/x", token="t", params={"a": 1})
    )

    assert [[bytes(raw) for raw in items] for items in pages] == [[b"1.0", b"2"], [b"3e0"]]
    assert [dict(request.url.params) for request in fake.requests] == [
        {"a": "1"},
        {"a": "1", "cursor": "c1"},
    ]


def test_a_cursor_that_does_not_move_is_a_fault() -> None:
    fake = FakeSystem()
    fake.route("GET", "/x", lambda _: httpx.Response(200, json={"items": [], "next_cursor": "c"}))

    with pytest.raises(BadAnswer):
        list(Remote("journey", fake.open_http("http://j.test")).pages("/x", token="t", params={}))


def test_an_error_that_is_no_problem_is_read_as_its_status() -> None:
    assert read_problem(b"<html>", status=404).sentence() == "it answered 404"


def test_a_problem_says_where() -> None:
    problem = Problem.model_validate(
        {
            "type": "urn:percorso:problem:invalid",
            "title": "Invalid request",
            "errors": [{"pointer": "/level", "title": "Out of range"}],
        }
    )

    assert problem.slug == "invalid"
    assert problem.sentence() == "Invalid request; /level Out of range"
