"""Splitting bodies: every event by its own bytes, whatever stands beside it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from percorso.chassis.problems import MalformedBody, Problem
from percorso.identity.door import reading
from percorso.identity.door.reading import MAX_COMMAS, batch, single
from percorso.identity.door.refusals import BodyTooLarge, InvalidBatch
from tests.unit.identity.door.strategies import ANY_JSON, BLANKS, broken, events

MIB = 1024 * 1024
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
Split = Callable[[bytes], list[bytes]]


def one_by_one(body: bytes) -> list[bytes]:
    """Split by the slower way alone."""
    return list(reading._one_by_one(reading._text(body)))


def refusal(split: Split, body: bytes) -> tuple[type[Problem], str | None]:
    """Return the problem that the body is."""
    with pytest.raises(Problem) as caught:
        split(body)
    return type(caught.value), caught.value.detail


@st.composite
def arrays(draw: st.DrawFn) -> tuple[list[Any], bytes]:
    """Return values, and an array of them with blanks where JSON lets them be."""
    values = draw(st.lists(VALUES, min_size=1, max_size=8))
    parts = [
        draw(BLANKS) + json.dumps(value, ensure_ascii=draw(st.booleans())) + draw(BLANKS)
        for value in values
    ]
    text = f"{draw(BLANKS)}[{','.join(parts)}]{draw(BLANKS)}"
    return values, text.encode()


@settings(max_examples=100, deadline=None)
@given(arrays())
@example(([{"a": ']},["{'}, [1, []]], b' [ {"a":"]},[\\"{"} ,\n[1,[]] ] '))
def test_a_batch_is_split_at_its_elements(given_array: tuple[list[Any], bytes]) -> None:
    values, body = given_array

    for split in (batch, one_by_one):
        assert [json.loads(raw) for raw in split(body)] == values
        assert all(raw in body and raw == raw.strip(b" \t\r\n") for raw in split(body))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.one_of(events(), ANY_JSON.map(str.encode)), max_size=4), BLANKS)
@example([b'"\\ud800"', b'"\xff"', b"9" * 5_000], "")
def test_both_ways_split_alike(parts: list[bytes], blanks: str) -> None:
    body = b"[" + (blanks.encode() + b",").join(parts) + b"]"

    assert outcome(batch, body) == outcome(_one_by_one_checked, body)


def outcome(split: Split, body: bytes) -> object:
    """Return the events, or the kind of the problem."""
    try:
        return split(body)
    except Problem as problem:
        return type(problem)


def _one_by_one_checked(body: bytes) -> list[bytes]:
    found = one_by_one(body)
    if not found:
        raise InvalidBatch
    return found


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=200), broken(), ANY_JSON.map(str.encode)))
def test_any_bytes_are_split_or_refused(body: bytes) -> None:
    for split in (single, batch):
        found = outcome(split, body)
        assert isinstance(found, list) or found in {MalformedBody, InvalidBatch}


@pytest.mark.parametrize("beside", ['"\\ud800"', '{"id":"\\udc00"}', '[["\\ud800\\ud800"]]'])
def test_an_unpaired_surrogate_does_not_spoil_the_others(beside: str) -> None:
    body = f'[{{"a" : 1}}, {beside} ,{{"b":"\\ud83d\\ude00"}}]'.encode()

    assert batch(body) == [b'{"a" : 1}', beside.encode(), b'{"b":"\\ud83d\\ude00"}']


def test_what_is_no_utf_8_does_not_spoil_the_others() -> None:
    assert batch(b'[{"a":"\xff"},{"b":1}]') == [b'{"a":"\xff"}', b'{"b":1}']
    assert batch(b'["\xff","\\ud800",1]') == [b'"\xff"', b'"\\ud800"', b"1"]


@pytest.mark.parametrize("split", [single, batch])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \n",
        b"\x00",
        b"\xff",
        b"\xff\xfe[\x00]\x00",
        b"\xef\xbb\xbf[]",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b"[1",
        b"[1]]",
        b"[1] x",
        b'["\\ud800",]',
        b'["\\ud800"',
        b'["\\ud800"]]',
        b'["\\ud800" 1]',
        b"['a']",
        b"[NaN]",
        b"[-Infinity]",
        b"[01]",
        b"[1.]",
        b'["\t"]',
        b'["\\q"]',
        b"[tru]",
        b"[//x\n1]",
        b"[" * 5_000,
        b"[" * 5_000 + b"]" * 5_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'["\\ud800",' + b"[" * 5_000 + b"]" * 5_000 + b"]",
    ],
)
def test_what_is_no_json_cannot_be_read(split: Split, body: bytes) -> None:
    assert refusal(split, body) == (MalformedBody, "the body is not JSON")


@pytest.mark.parametrize("body", [b"1", b"null", b'"x"', b"{}", b' {"a":[1]} '])
def test_what_is_no_array_is_no_batch(body: bytes) -> None:
    assert refusal(batch, body) == (InvalidBatch, "a batch is an array of events")
    assert refusal(one_by_one, body) == (InvalidBatch, "a batch is an array of events")


@pytest.mark.parametrize("body", [b"[]", b" [\n] "])
def test_an_empty_batch_is_refused(body: bytes) -> None:
    assert refusal(batch, body) == (InvalidBatch, "the batch is empty")


def test_a_batch_has_at_most_a_thousand_events() -> None:
    too_many = (BodyTooLarge, "a request has at most 1000 events")

    assert len(batch(b"[" + b",".join([b"{}"] * 1_000) + b"]")) == 1_000
    assert refusal(batch, b"[" + b",".join([b"{}"] * 1_001) + b"]") == too_many
    assert refusal(batch, b"[" + b"0," * (2 * MIB - 2) + b"0]") == too_many
    assert refusal(batch, b'["\\ud800",' + b"0," * MIB + b"0]") == too_many


def test_a_batch_with_many_commas_is_split_too() -> None:
    elements = [b'{"a":"' + b"," * (MAX_COMMAS // 500) + b'"}'] * 1_000

    assert batch(b"[" + b",".join(elements) + b"]") == elements


@pytest.mark.parametrize("body", [b"{}", b" 1 ", b'{"a":"\xff"}', b'{"a":"\\ud800"}'])
def test_a_single_event_is_the_whole_body(body: bytes) -> None:
    assert single(body) == [body]
