"""The player: history at once and then live, nothing twice, nothing half told."""

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from percorso.city import live, play
from percorso.city.calendar import DAY, HOUR, MINUTE, instant_text
from percorso.city.city import City, Telling
from percorso.city.claims import Claim
from percorso.city.memory import HEAD_START, MADE_GOOD, Memory, recall
from percorso.city.noise import Rates
from percorso.city.plan import Volume
from percorso.city.play import Clock, Player, act
from percorso.client import Percorso, Unavailable, client
from tests.unit.client.fake_system import FakeSystem, a_home, accept_all, in_turn, problem

NOON = 19_900 * DAY + 12 * HOUR
RATE = 2.0
PEOPLE = 60
WHOLE = 14.0  # minutes after which what began live has ended

Identity = tuple[str, str]
Links = set[tuple[str, str, str]]


class Ended(Exception):
    """The time of the test is over."""


@dataclass
class Time:
    """A clock that goes on only when somebody sleeps, up to an end."""

    now_ms: int = NOON
    end_ms: int = NOON
    slept: list[float] = field(default_factory=list)

    def sleep(self, duration_s: float) -> None:
        """Let time pass."""
        if self.now_ms >= self.end_ms:
            raise Ended
        self.now_ms += int(duration_s * 1000)

    @property
    def clock(self) -> Clock:
        """Return it as the player has it."""
        return Clock(lambda: self.now_ms, self.sleep)


class Register:
    """Links as identity keeps them: one for what is said again, a new one for what was undone."""

    def __init__(self, system: FakeSystem) -> None:
        self._system = system
        self._live: dict[str, UUID] = {}
        system.route("POST", "/v1/links", self.add)

    def live(self) -> set[tuple[str, str, str]]:
        """Return the reference and the two values of every link that holds."""
        return {_read(said) for said in self._live}

    def add(self, request: httpx.Request) -> httpx.Response:
        """Keep what is said."""
        said = request.content.decode()
        link_id = self._live.setdefault(said, uuid4())
        path = f"/v1/links/{link_id}"
        self._system.route("DELETE", path, lambda _: self._undo(said))
        return httpx.Response(201, json={"link_id": str(link_id)})

    def _undo(self, said: str) -> httpx.Response:
        self._live.pop(said, None)
        return httpx.Response(204)


def _read(said: str) -> tuple[str, str, str]:
    body = json.loads(said)
    one, other = (subject["value"] for subject in body["subjects"])
    return body["proof"]["reference"], one, other


@dataclass
class Town:
    """A city that plays against a system made of answers."""

    home: Path
    system: FakeSystem
    register: Register
    time: Time = field(default_factory=Time)

    def run(self, minutes: float) -> None:
        """Start the player, and kill it after so many minutes."""
        self.time.end_ms = self.time.now_ms + int(minutes * MINUTE)
        memory = self.memory()
        player = Player(memory, self.home, self.time.clock)
        with Percorso.local(self.home) as percorso, pytest.raises(Ended):
            act(percorso, self.city(memory), player, RATE)

    def memory(self) -> Memory:
        """Return what the player remembers."""
        return recall(self.home, seed=7, people=PEOPLE, now_ms=self.time.now_ms)

    def city(self, memory: Memory) -> City:
        """Return the city of that memory."""
        return City(7, PEOPLE, start=memory.start, rates=Rates(misfiled=0.5))

    def received(self) -> list[dict[str, Any]]:
        """Return all events that the door was given."""
        posts = self.system.asked("/v1/events")
        return [event for post in posts for event in json.loads(post.content)]

    def begun(self, since_ms: int, until_ms: int) -> Counter[Identity]:
        """Return what live stories that begin in this time send, all of it."""
        city = self.city(self.memory())
        return Counter(
            (sending.source, sending.id)
            for told in _begun(city, since_ms, until_ms)
            for sending in told.sendings
        )

    def linked(self, since_ms: int, until_ms: int) -> tuple[Links, Links]:
        """Return which links of live stories that begin in this time stay, and which are undone."""
        told = _begun(self.city(self.memory()), since_ms, until_ms)
        claims = [claim for each in told for claim in each.claims]
        said, undone = (
            {_named(claim) for claim in claims if claim.is_undone == is_undone}
            for is_undone in (False, True)
        )
        return said - undone, undone


def _begun(city: City, since_ms: int, until_ms: int) -> list[Telling]:
    return [
        told
        for minute in range(since_ms // MINUTE, until_ms // MINUTE + 1)
        for told in live.stories_of(city, minute, RATE)
        if since_ms <= told.starts_ms < until_ms
    ]


def _named(claim: Claim) -> tuple[str, str, str]:
    return claim.reference, claim.subjects[0].value, claim.subjects[1].value


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    system = FakeSystem()
    system.route("POST", "/v1/events", accept_all)
    monkeypatch.setattr(client, "open_http", system.open_http)
    monkeypatch.setattr(play, "HISTORY_VOLUME", Volume(journeys=0.2, everyday=1))
    monkeypatch.setattr(play, "TICK_S", 5.0)
    return Town(a_home(tmp_path / "home"), system, Register(system))


def identities(events: list[dict[str, Any]]) -> Counter[Identity]:
    return Counter((event["source"], event["id"]) for event in events)


def only(counted: Counter[Identity], keys: Counter[Identity]) -> Counter[Identity]:
    return Counter({key: counted[key] for key in keys if counted[key]})


def test_weeks_of_history_are_there_at_once(town: Town) -> None:
    town.run(minutes=0.2)

    assert len({event["time"][:10] for event in town.received()}) > 30
    assert len(town.received()) > 200


def test_every_live_story_is_sent_as_a_whole(town: Town) -> None:
    town.run(minutes=4 + WHOLE)

    begun = town.begun(NOON - HEAD_START, NOON + 4 * MINUTE)
    assert begun
    assert only(identities(town.received()), begun) == begun


def test_nothing_is_sent_before_its_time(town: Town) -> None:
    town.run(minutes=2)

    later = town.begun(NOON + 3 * MINUTE, NOON + 5 * MINUTE)
    assert later
    assert not only(identities(town.received()), later)
    assert max(event["time"] for event in town.received() if event["time"].endswith("Z")) < (
        instant_text(NOON + 3 * MINUTE, is_local=False)
    )


def test_after_a_kill_and_a_short_absence_nothing_is_missing(town: Town) -> None:
    town.run(minutes=3)
    town.time.now_ms += 2 * MINUTE
    town.run(minutes=WHOLE)

    begun = town.begun(NOON - HEAD_START, NOON + 5 * MINUTE)
    assert not begun - identities(town.received())


def test_no_event_has_two_contents_and_no_fact_two_ids(town: Town) -> None:
    for _ in range(4):
        town.run(minutes=1.3)
        town.time.now_ms += MINUTE

    ids = {(event["source"], event["id"]) for event in town.received()}
    contents = {json.dumps(event) for event in town.received()}
    facts = {json.dumps({**event, "id": ""}) for event in town.received()}
    assert len(ids) == len(contents) == len(facts)


def test_after_a_long_sleep_what_was_under_way_is_finished_and_nothing_else_happened(
    town: Town,
) -> None:
    town.run(minutes=3)
    town.time.now_ms += 22 * MINUTE
    town.run(minutes=WHOLE)

    received = identities(town.received())
    assert not town.begun(NOON - HEAD_START, NOON + 3 * MINUTE) - received
    slept = town.begun(NOON + 14 * MINUTE, NOON + 25 * MINUTE)
    assert slept
    assert not only(received, slept)


def test_links_are_said_and_taken_back_however_often_it_is_killed(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play, "KEPT_EVERY", 30 * MINUTE)
    for _ in range(3):
        town.run(minutes=1)
    town.run(minutes=WHOLE)

    right, undone = town.linked(NOON - HEAD_START, NOON + 3 * MINUTE)
    assert right
    assert undone
    assert right <= town.register.live()
    assert undone.isdisjoint(town.register.live())


def test_links_wait_for_identity(town: Town) -> None:
    away = httpx.ConnectError("away")
    town.system.route("POST", "/v1/links", in_turn(away, town.register.add))

    town.run(minutes=1 + WHOLE)

    right, _ = town.linked(NOON - HEAD_START, NOON + MINUTE)
    assert right
    assert right <= town.register.live()


def test_a_link_that_is_refused_stops_nothing(town: Town, caplog: pytest.LogCaptureFixture) -> None:
    refused = problem(409, "two-people", "The link would make two people one")
    town.system.route("POST", "/v1/links", lambda _: refused)

    town.run(minutes=WHOLE)

    begun = town.begun(NOON - HEAD_START, NOON)
    assert not begun - identities(town.received())
    assert caplog.messages == ["some links are refused: two-people"]


def test_a_broken_connection_loses_nothing(town: Town) -> None:
    broken = httpx.ConnectError("away")
    town.system.route("POST", "/v1/events", in_turn(broken, accept_all))

    town.run(minutes=1 + WHOLE)

    begun = town.begun(NOON - HEAD_START, NOON + MINUTE)
    assert not begun - identities(town.received())


def test_while_an_agency_is_not_registered_its_events_wait(town: Town) -> None:
    unknown = problem(404, "unknown-agency", "The agency is not registered")
    town.system.route("POST", "/v1/tokens", lambda _: unknown)

    memory = town.memory()
    player = Player(memory, town.home, town.time.clock)
    with Percorso.local(town.home) as percorso, pytest.raises(Unavailable):
        act(percorso, town.city(memory), player, RATE)

    assert town.memory().sent_ms == 0


def test_what_is_refused_for_itself_is_said_once(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    town.system.route("POST", "/v1/events", refuse_all)

    town.run(minutes=0.5)

    assert caplog.messages == ["some events are refused: unknown-type"]


def test_the_player_waits_for_a_system_that_is_not_there(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    time = Time(end_ms=NOON + MINUTE)

    with pytest.raises(Ended):
        play.play(tmp_path, seed=7, people=PEOPLE, events_per_s=RATE, clock=time.clock)

    assert len(caplog.messages) == 1


def test_the_player_begins_again_after_it_overslept(town: Town) -> None:
    memory, time = town.memory(), town.time
    time.end_ms = NOON + MINUTE
    nap_ms = iter([0] * 20 + [MADE_GOOD + MINUTE])

    def sleep(duration_s: float) -> None:
        time.now_ms += int(duration_s * 1000) + next(nap_ms)

    player = Player(memory, town.home, Clock(lambda: time.now_ms, sleep))
    with Percorso.local(town.home) as percorso:
        act(percorso, town.city(memory), player, RATE)

    assert time.now_ms > NOON + MADE_GOOD


def refuse_all(request: httpx.Request) -> httpx.Response:
    told = {"type": "urn:percorso:problem:unknown-type", "title": "Unknown type"}
    events = json.loads(request.content)
    rejected = [{"index": index, "problem": told} for index in range(len(events))]
    return httpx.Response(422, json={"accepted": 0, "rejected": rejected})
