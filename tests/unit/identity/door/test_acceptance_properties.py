"""Whatever bytes come: the door accepts what is sound and leaves it alone, or refuses in silence."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import decode, encode
from percorso.identity.door.acceptance import sent_id
from percorso.identity.door.refusals import Refused
from tests.support.batches import a_record
from tests.support.doors import judged, texts, with_more, with_text
from tests.unit.identity.door.strategies import MARK, broken, events


def outcome(raw: bytes) -> CloudEvent | Refused:
    """Return what the door makes of the bytes; any other exception is a fault of ours."""
    try:
        return judged(raw)
    except Refused as refused:
        return refused


def strict(text: bytes) -> Any:
    """Read JSON as the strictest reader does; ValueError otherwise."""
    return json.loads(
        text.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_each_name_once
    )


def _refuse(word: str) -> None:
    raise ValueError(word)


def _each_name_once(members: list[tuple[str, object]]) -> dict[str, object]:
    assert len(dict(members)) == len(members)
    return dict(members)


def check(raw: bytes) -> None:
    """Assert what holds of every outcome."""
    found = outcome(raw)
    if isinstance(found, Refused):
        said = [*texts(found.summary()), *texts(found.body()), *found.headers.values(), str(found)]
        assert not any(MARK in text for text in said)
        return
    assert found.touchpoint in raw
    payload = strict(found.touchpoint)
    assert not any("\0" in text or _has_unpaired_surrogate(text) for text in texts(payload))
    assert payload == json.loads(raw)["data"]["touchpoint"]
    assert decode(a_record(encode(found), 0)) == found
    assert sent_id(raw) == found.id


def _has_unpaired_surrogate(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


@settings(max_examples=200, deadline=None)
@given(events())
@example(with_text('{"channel":"01.1.1","name":"x","details":{"a":"\\u0000","b":1e999}}'))
@example(with_text('{"channel":"01.1.1","name":"x","details":{"a":1,"\\u0061":2}}'))
@example(with_text('{"channel":"01.1.1","name":"x","details":{"a":1e999}}'))
@example(with_text(' {"channel":"01.1.1","name":"a: , b"} '))
def test_what_is_nearly_an_event_is_left_alone_or_refused_in_silence(raw: bytes) -> None:
    check(raw)


@settings(max_examples=150, deadline=None)
@given(broken())
def test_a_broken_event_is_left_alone_or_refused_in_silence(raw: bytes) -> None:
    check(raw)


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(), st.text().map(str.encode)))
def test_random_bytes_are_refused(raw: bytes) -> None:
    assert isinstance(outcome(raw), Refused)
    assert sent_id(raw) is None or isinstance(json.loads(raw), dict)


@settings(max_examples=100, deadline=None)
@given(events())
def test_the_same_bytes_give_the_same_event(raw: bytes) -> None:
    one, other = outcome(raw), outcome(raw)

    if isinstance(one, Refused) and isinstance(other, Refused):
        assert one.summary() == other.summary()
    else:
        assert one == other


@pytest.mark.parametrize("depth", [10, 100, 190, 1_000, 5_000, 100_000])
@pytest.mark.parametrize("leaf", ['"\\u0000"', "1"])
def test_nesting_is_accepted_or_refused(depth: int, leaf: str) -> None:
    nested = "[" * depth + leaf + "]" * depth

    check(with_text(f'{{"channel":"01.1.1","name":"x","details":{{"a":{nested}}}}}'))
    check(with_more(f'"ext":{nested}'))
    check(nested.encode())
