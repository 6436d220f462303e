"""What insights keeps of a touchpoint."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.events.catalogue import CATALOGUE, Producer
from percorso.events.errors import Unprocessable
from percorso.events.ids import event_key
from percorso.insights.facts.rows import MEMBERS, Reading, read
from tests.support.events import SOURCE, a_subject, a_touchpoint, a_withdrawal, an_event


def test_codes_days_and_numbers_are_kept_and_what_people_write_is_not() -> None:
    payload = a_touchpoint(
        service="tari", matter="T/1", place={"area": "a-7", "line": "2"}, outcome="ok",
        text="la mia diagnosi", reason="malattia", query="asilo", stayed_s=1.50, page="/a",
    )  # fmt: skip

    fact, hides = read(an_event("7", touchpoint=payload))

    assert (fact.channel, fact.service, fact.matter, fact.area) == ("02.1", "tari", "T/1", "a-7")
    assert fact.members == '{"outcome":"ok","stayed_s":1.5}'
    assert fact.key == (a_subject(), event_key(SOURCE, "7"))
    assert hides is None


def test_every_member_that_is_kept_is_one_of_the_catalogue() -> None:
    known = {
        name
        for each in CATALOGUE.values()
        if each.producer is Producer.AGENCY
        for name in each.model.model_fields
    }

    assert set(MEMBERS) <= known
    assert list(MEMBERS) == sorted(MEMBERS)


def test_a_type_that_nobody_knows_is_a_fact() -> None:
    event = an_event(type="eu.percorso.comet.sighted.v7", touchpoint=b'{"tail":true,"kind":[1]}')

    assert read(event).fact.members == '{"kind":[1]}'


def test_a_withdrawal_names_what_it_hides() -> None:
    assert read(a_withdrawal("w", "1")).hides == (a_subject(), event_key(SOURCE, "1"))


@pytest.mark.parametrize(
    "about", [None, {"source": "urn:it:c_h501:anagrafe", "id": "1"}, {"id": "1"}, "1"]
)
def test_a_withdrawal_of_nothing_or_of_another_source_is_no_touchpoint(about: object) -> None:
    event = an_event(
        type="eu.percorso.touchpoint.withdrawn.v1",
        touchpoint=json.dumps({"channel": "02", "about": about}).encode(),
    )
    with pytest.raises(Unprocessable):
        read(event)


def test_a_fact_that_no_text_of_the_database_holds_is_no_touchpoint() -> None:
    with pytest.raises(Unprocessable):
        read(an_event(touchpoint=rb'{"service":"a\u0000b"}'))


def test_a_nul_that_is_not_kept_or_stays_escaped_is_no_fault() -> None:
    fact = read(an_event(touchpoint=rb'{"text":"\u0000","kind":"a\u0000b"}')).fact

    assert fact.members == r'{"kind":"a\u0000b"}'


JSON = st.recursive(
    st.none() | st.booleans() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["channel", "about", "place", "kind"]), inner)
    ),
).map(lambda value: json.dumps(value).encode())


@given(st.binary(max_size=60) | JSON)
def test_whatever_the_payload_it_is_a_fact_or_unprocessable(payload: bytes) -> None:
    try:
        made = read(an_event(touchpoint=payload))
    except Unprocessable:
        return
    assert isinstance(made, Reading)
    assert json.loads(made.fact.members).keys() <= set(MEMBERS)
