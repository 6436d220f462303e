"""Live: stories begin at a rate, soon end, and are the same at every rate."""

import json

from percorso.city import live
from percorso.city.calendar import MINUTE
from percorso.city.city import Telling
from tests.support.cities import a_city

CITY = a_city(people=500)
FIRST = 27_900_000  # a minute of January 2023


def an_hour(events_per_s: float) -> list[Telling]:
    return [
        told
        for minute in range(FIRST, FIRST + 60)
        for told in live.stories_of(CITY, minute, events_per_s)
    ]


def test_an_hour_has_about_as_many_events_as_were_asked_for() -> None:
    sent = sum(len(told.sendings) for told in an_hour(5.0))

    assert 0.85 < sent / (5.0 * 3600) < 1.15


def test_every_story_ends_while_the_player_still_looks_for_it() -> None:
    longest = max(step.sent_ms - told.starts_ms for told in an_hour(5.0) for step in told.steps)

    assert longest < live.LONGEST


def test_a_story_begins_in_its_minute_and_sends_nothing_before() -> None:
    for told in live.stories_of(CITY, FIRST, 20.0):
        assert FIRST * MINUTE <= told.starts_ms < (FIRST + 1) * MINUTE
        assert min(step.sent_ms for step in told.steps) >= told.starts_ms


def test_a_higher_rate_adds_stories_to_the_same_ones() -> None:
    few, many = (
        {sending.raw for told in live.stories_of(CITY, FIRST, rate) for sending in told.sendings}
        for rate in (2.0, 8.0)
    )

    assert few < many


def test_now_and_then_many_report_the_same() -> None:
    reports: dict[str, int] = {}
    for told in an_hour(10.0):
        for sending in told.sendings[:1]:
            kind = json.loads(sending.raw)["data"]["touchpoint"].get("kind", "")
            reports[kind] = reports.get(kind, 0) + 1

    many = {"acqua-mancante", "blackout", "allagamento", "semaforo-guasto"}
    assert sum(reports.get(kind, 0) for kind in many) >= 40
