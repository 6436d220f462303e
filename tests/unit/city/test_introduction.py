"""What the demo people say of themselves: once, each as themself, and some of them nothing."""

import json
from datetime import date
from pathlib import Path

import httpx
import pytest

from percorso.city import demo, play
from percorso.city.city import City
from percorso.city.memory import recall
from percorso.city.play import Player, present
from percorso.client import Percorso, Unavailable
from tests.unit.client.fake_system import FakeSystem, problem

SUGGESTIONS = "/v1/consents/me/proactive-suggestions/any"
PATHS = {"/v1/contacts/me": 3, "/v1/preferences/me": 3, SUGGESTIONS: 2}
SERVICES = ("identity", "notifications")


def echo(request: httpx.Request) -> httpx.Response:
    """Answer with what was said."""
    return httpx.Response(200, json=json.loads(request.content))


def receipt(request: httpx.Request) -> httpx.Response:
    """Answer a decision."""
    purpose, channel = request.url.path.split("/")[-2:]
    given = json.loads(request.content)["given"]
    own = {"purpose": purpose, "channel": channel, "given": given, "version": 1}
    ids = dict.fromkeys(("id", "subject"), "8f14e45f-ceea-867f-8a3e-2b7d9f3c1a00")
    rest = {"decided_at": "2026-05-04T10:00:00Z", "text_version": 1}
    return httpx.Response(200, json={**ids, **own, **rest})


@pytest.fixture
def system() -> FakeSystem:
    system = FakeSystem()
    system.route("PUT", "/v1/contacts/me", echo)
    system.route("PUT", "/v1/preferences/me", echo)
    system.route("PUT", SUGGESTIONS, receipt)
    return system


def start(system: FakeSystem, home: Path) -> None:
    """Present the city's demo people as a player does that begins in this home."""
    memory = recall(home, seed=7, people=400, now_ms=0)
    city = City(7, 400, start=memory.start)
    http = {name: system.open_http(f"http://{name}.test") for name in SERVICES}
    with Percorso(http, local_secret="s") as percorso:
        present(percorso, city, Player(memory, home, play.REAL_TIME))


def counts(system: FakeSystem) -> dict[str, int]:
    """Return how often what was said."""
    return {path: len(system.asked(path)) for path in PATHS}


def test_each_says_where_mail_goes_and_two_of_three_allow_suggestions(
    system: FakeSystem, tmp_path: Path
) -> None:
    start(system, tmp_path)

    assert counts(system) == PATHS
    people = demo.people(City(7, 400, start=date(2026, 5, 4)))
    said = [json.loads(each.content) for each in system.asked("/v1/contacts/me")]
    assert [each["email"] for each in said] == [person.email for person in people]
    assert all(person.email for person in people)


def test_it_is_said_once_whatever_they_change_later(system: FakeSystem, tmp_path: Path) -> None:
    start(system, tmp_path)
    start(system, tmp_path)

    assert counts(system) == PATHS


def test_what_is_away_is_waited_for(system: FakeSystem, tmp_path: Path) -> None:
    away = problem(503, "unavailable", "A part that is needed is away")
    system.route("PUT", "/v1/preferences/me", lambda _: away)
    with pytest.raises(Unavailable):
        start(system, tmp_path)

    system.route("PUT", "/v1/preferences/me", echo)
    start(system, tmp_path)

    assert counts(system) == {path: count + (path != SUGGESTIONS) for path, count in PATHS.items()}


@pytest.mark.parametrize("path", PATHS)
def test_what_is_refused_is_heard_of_and_stops_nobody(
    system: FakeSystem,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    path: str,
) -> None:
    refused = problem(422, "invalid-request", "The request is not valid")
    system.route("PUT", path, lambda _: refused)

    start(system, tmp_path)
    start(system, tmp_path)

    assert caplog.messages == ["a demo person is refused: invalid-request"]
    assert len(system.asked("/v1/contacts/me")) == 3
