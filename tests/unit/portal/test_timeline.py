"""A timeline in words: grouped without losing anything, and every member of the catalogue readable."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.chassis.testing import FakeClock
from percorso.portal.apis.names import Names
from percorso.portal.pages import languages
from percorso.portal.pages.languages import LANGUAGES, Language
from percorso.portal.timeline import facts, filters, showing
from percorso.portal.timeline.reading import Item
from percorso.portal.timeline.showing import Telling
from tests.support.portals import an_item
from tests.support.repository import ROOT

WORDS = languages.load()
IN_NO_TIMELINE = {"eu.percorso.record.accessed.v1"}  # the page of who looked tells it
GOLDENS = [
    path
    for path in sorted((ROOT / "tests" / "contract" / "events").glob("*.json"))
    if path.stem not in IN_NO_TIMELINE
]
# Numbers of systems, and what is said elsewhere on the page: nobody reads them.
UNREAD = {
    *("channel", "service", "matter", "outcome", "life_event", "place", "language"),
    *("item", "thread", "message", "suggestion", "rule", "purpose", "send_from", "expires_at"),
    *("about", "details", "filled", "total", "results", "referrer", "stayed_s", "link", "reasons"),
    *("to_area", "from_area", "name", "told_of"),
}


def telling(language: Language = "it") -> Telling:
    names = Names(None, {"c_a182": "Comune"}, FakeClock())  # type: ignore[arg-type] # asks nobody
    return Telling(WORDS[language], names, language)


def item(**changed: Any) -> Item:
    return Item.model_validate(an_item(**changed))


ITEMS = st.builds(
    lambda at, matter, agency, number: item(
        occurred_at=at.isoformat(), matter=matter, agency=agency, id=str(number)
    ),
    st.datetimes(datetime(2020, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants them naive
    st.sampled_from([None, "A/1", "A/2"]),
    st.sampled_from(["c_a182", "asl_tanaro"]),
    st.integers(),
)


@given(st.lists(ITEMS, max_size=30))
def test_grouping_loses_nothing_and_keeps_the_order_within_a_matter(items: list[Item]) -> None:
    newest_first = sorted(items, key=lambda each: each.occurred_at, reverse=True)

    months = showing.months(newest_first, telling())

    groups = [(month, matter) for month in months for matter in month.matters]
    told = sorted(each.at for _, matter in groups for each in matter.items)
    assert told == sorted(each.occurred_at for each in items)
    assert [month.first for month in months] == sorted({m.first for m in months}, reverse=True)
    for _, matter in groups:
        times = [each.at for each in matter.items]
        assert times == sorted(times, reverse=True)
        assert matter.number is not None or len(times) == 1


def test_an_agencys_number_is_not_mixed_with_anothers() -> None:
    items = [item(agency="c_a182", matter="1"), item(agency="asl_tanaro", matter="1")]

    (month,) = showing.months(items, telling())

    assert [len(matter.items) for matter in month.matters] == [1, 1]


def test_a_month_begins_at_midnight_in_italy() -> None:
    (month,) = showing.months([item(occurred_at="2026-04-30T22:30:00Z")], telling())

    assert month.first == date(2026, 5, 1)


def test_a_service_is_named_once() -> None:
    title = {"it": "Assegno unico", "en": "Child allowance"}
    suggested = item(service="assegno-unico", touchpoint={"title": title, "via": "email"})

    told = showing.shown(suggested, telling())

    assert (told.service, [each.label for each in told.facts]) == ("Assegno unico", ["Come"])


@pytest.mark.parametrize("golden", GOLDENS, ids=lambda path: path.stem)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_type_is_told_with_all_that_is_worth_reading(golden: Any, language: Language) -> None:
    data = json.loads(golden.read_text())["data"]
    touchpoint = data.get("touchpoint", data)

    told = list(facts.facts(touchpoint, WORDS[language], language))

    labels = WORDS[language]["labels"]
    assert {labels[name] for name in touchpoint.keys() - UNREAD} == {each.label for each in told}
    assert all(each.text for each in told)


@pytest.mark.parametrize(
    ("member", "value", "it", "en"),
    [
        ("amount_cents", 123_456, "1.234,56\xa0€", "€1,234.56"),
        ("due", "2026-05-04T22:30:00Z", "5 maggio 2026, 00:30", "5 May 2026, 00:30"),
        ("expires_on", "2026-05-04", "4 maggio 2026", "4 May 2026"),
        ("decision", "partly-accepted", "accolta in parte", "partly accepted"),
        ("waited_s", 754.0, "13 minuti", "13 minutes"),
        ("fields", ["data-nascita", "firma"], "Data nascita, Firma", "Data nascita, Firma"),
        ("text", "<b>così</b>", "<b>così</b>", "<b>così</b>"),
        ("quantity", 1234.5, "1.234,5", "1,234.5"),
    ],
)
def test_values_are_written_as_people_read_them(member: str, value: Any, it: str, en: str) -> None:
    for language, expected in zip(LANGUAGES, (it, en), strict=True):
        (fact,) = facts.facts({member: value}, WORDS[language], language)
        assert fact.text == expected


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda part: (
        st.lists(part, max_size=3) | st.dictionaries(st.text(max_size=5), part, max_size=3)
    ),
    max_leaves=5,
)


@given(st.sampled_from(sorted(WORDS["it"]["labels"])), JSON, st.sampled_from(LANGUAGES))
def test_no_value_of_another_form_breaks_the_page(
    member: str, value: Any, language: Language
) -> None:
    told = list(facts.facts({member: value}, WORDS[language], language))

    assert all(isinstance(each.text, str) for each in told)


def test_what_the_catalogue_does_not_name_is_told_by_its_own_name() -> None:
    recorded = {"name": "counter-opened"}

    assert (
        facts.title("eu.percorso.touchpoint.recorded.v1", recorded, WORDS["it"]) == "Counter opened"
    )
    assert facts.title("eu.percorso.moon.landed.v9", {}, WORDS["en"]) == "Another contact"


def test_a_day_is_whole_by_the_clocks_of_italy() -> None:
    chosen = filters.read({"since": "2026-05-04", "until": "2026-05-04", "service": "tari"})

    assert chosen.query() == {
        "service": "tari",
        "from": "2026-05-04T00:00:00+02:00",
        "to": "2026-05-05T00:00:00+02:00",
    }


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_a_wrong_day_is_said_and_filters_nothing(text: str) -> None:
    chosen = filters.read({"since": text})

    assert chosen.faults == {"since"}
    assert chosen.query() == {}


def test_a_link_keeps_the_other_filters() -> None:
    chosen = filters.read({"agency": "c_a182", "since": "2026-05-04", "nonsense": "1"})

    assert chosen.link(agency=None) == "/timeline?since=2026-05-04"
    assert chosen.link(matter="A/1") == "/timeline?agency=c_a182&since=2026-05-04&matter=A%2F1"
