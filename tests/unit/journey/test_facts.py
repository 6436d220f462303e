"""What a timeline reads out of payloads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.events.errors import Unprocessable
from percorso.events.ids import event_key
from percorso.journey.timelines.facts import SUGGESTED, entry, is_told_to
from tests.support.events import SOURCE, a_subject, a_touchpoint, a_withdrawal, an_event


def test_the_facts_and_the_untouched_payload_make_a_row() -> None:
    payload = a_touchpoint(service="tari", matter="T/1", outcome="ok", stayed_s=1.50)
    event = an_event("7", touchpoint=payload, traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-00")

    row, withdrawal = entry(event)

    assert (row.channel, row.service, row.matter, row.outcome) == ("02.1", "tari", "T/1", "ok")
    assert row.touchpoint.encode() == payload
    assert row.event_key == event_key(SOURCE, "7")
    assert row.trace_id is not None
    assert row.trace_id.hex == "a" * 32
    assert withdrawal is None


def test_a_type_that_nobody_knows_is_kept() -> None:
    row, _ = entry(an_event(type="eu.percorso.comet.sighted.v7", touchpoint=b'{"tail":true}'))

    assert (row.type, row.channel) == ("eu.percorso.comet.sighted.v7", None)


def test_a_withdrawal_names_what_it_hides() -> None:
    _, withdrawal = entry(a_withdrawal("w", "1"))

    assert withdrawal is not None
    assert withdrawal.about_key == event_key(SOURCE, "1")


@pytest.mark.parametrize(
    "about", [None, {"source": "urn:it:c_h501:anagrafe", "id": "1"}, {"id": "1"}, "1"]
)
def test_a_withdrawal_of_nothing_or_of_another_source_is_no_touchpoint(about: object) -> None:
    event = an_event(
        type="eu.percorso.touchpoint.withdrawn.v1",
        touchpoint=json.dumps({"channel": "02", "about": about}).encode(),
    )
    with pytest.raises(Unprocessable):
        entry(event)


@given(st.binary(max_size=60))
def test_whatever_the_payload_it_is_a_row_or_unprocessable(payload: bytes) -> None:
    try:
        row, _ = entry(an_event(touchpoint=payload))
    except Unprocessable:
        return
    assert row.touchpoint.encode() == payload


def test_a_payload_nested_too_deep_is_unprocessable() -> None:
    with pytest.raises(Unprocessable):
        entry(an_event(touchpoint=b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}"))


def test_a_fact_with_a_nul_is_unprocessable() -> None:
    with pytest.raises(Unprocessable):
        entry(an_event(touchpoint=b'{"channel":"02","service":"a\\u0000b"}'))


@pytest.mark.parametrize(
    ("payload", "is_told"),
    [
        (b"{}", True),
        (b'{"told_of":[]}', True),
        (f'{{"told_of":["{a_subject(1)}"]}}'.encode(), True),
        (f'{{"told_of":["{a_subject(1)}","{a_subject(2)}"]}}'.encode(), False),
        (b'{"told_of":"everybody"}', False),
    ],
)
def test_a_suggestion_is_told_to_those_of_whom_it_tells_alone(
    payload: bytes,
    is_told: bool,  # noqa: FBT001
) -> None:
    members = {a_subject(1), a_subject(3)}

    assert is_told_to(members, SUGGESTED, payload.decode()) is is_told
    assert is_told_to(members, "eu.percorso.page.viewed.v1", payload.decode())
