"""Reading files of events: bytes survive, and faults are named by place."""

import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.client.reading import MAX_LINE, BrokenEvent, RawEvent, read_events
from tests.unit.client.fake_system import an_event

NUMBERS = st.sampled_from(["1.0", "1e400", "-0", "12345678901234567890123", "0.10", "1E+2"])
TEXTS = st.text(st.characters(codec="utf-8")).map(json.dumps) | st.text(
    st.characters(codec="utf-8", exclude_characters='"\\', min_codepoint=32)
).map(lambda text: f'"{text}"')
VALUES = st.recursive(
    NUMBERS | TEXTS | st.sampled_from(["true", "false", "null"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{' , '.join(items)} ]")
        | st.lists(st.tuples(TEXTS, inner), max_size=3).map(
            lambda pairs: "{" + ", ".join(f"{name} :{value}" for name, value in pairs) + "}"
        )
    ),
    max_leaves=6,
)
EVENTS = VALUES.map(lambda value: f'{{"id":"a" ,"data": {value}}}'.encode())


def read(document: bytes) -> list[RawEvent | BrokenEvent]:
    """Read a file that is in memory."""
    return list(read_events(io.BytesIO(document), "events"))


def raws(document: bytes) -> list[bytes]:
    """Read a file in which all is well."""
    return [event.raw for event in read(document) if isinstance(event, RawEvent)]


@given(st.lists(EVENTS, max_size=5), st.sampled_from([b"\n", b"\r\n", b"\n\n \n"]))
def test_bytes_survive_ndjson(events: list[bytes], end: bytes) -> None:
    assert raws(b"".join(event + end for event in events)) == events


@given(st.lists(EVENTS, max_size=5), st.sampled_from([b",", b" ,\n ", b"\r\n,"]))
def test_bytes_survive_an_array(events: list[bytes], comma: bytes) -> None:
    assert raws(b"\n [ " + comma.join(events) + b" ]\n") == events


@given(EVENTS, st.sampled_from([b"", b"\n", b"\n\n"]))
def test_bytes_survive_one_object(event: bytes, end: bytes) -> None:
    assert raws(end + event + end) == [event]


@given(EVENTS)
def test_bytes_survive_one_object_over_several_lines(event: bytes) -> None:
    over_lines = event.replace(b"{", b"{\n\t", 1)

    assert raws(over_lines + b"\n") == [over_lines]


@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_an_error(document: bytes) -> None:
    for event in read(document):
        assert event.file == "events"


def test_events_carry_their_id_and_source() -> None:
    [event] = read(an_event(7))

    assert isinstance(event, RawEvent)
    assert (event.id, event.source) == ("2026-000007", "urn:it:c_a182:anagrafe")


def test_an_id_that_is_no_text_is_left_to_the_door() -> None:
    [event] = read(b'{"id": 12, "source": 1e999}')

    assert isinstance(event, RawEvent)
    assert (event.id, event.source) == (None, None)


def test_a_byte_order_mark_is_no_fault() -> None:
    assert raws(b"\xef\xbb\xbf" + an_event() + b"\n") == [an_event()]


@pytest.mark.parametrize(
    "broken", [b'{"id": "secret"', b"secret", b"12", b'{"id": "\xff"}', b'{"a":' + b"[" * 9999]
)
def test_a_broken_line_is_named_by_number_and_the_rest_is_read(broken: bytes) -> None:
    events = read(b"\n" + an_event(1) + b"\n" + broken + b"\n" + an_event(2))

    assert [event.place for event in events] == ["events:2", "events:3", "events:4"]
    assert isinstance(events[1], BrokenEvent)
    assert "secret" not in events[1].reason


def test_a_broken_first_line_is_named_too() -> None:
    events = read(b'{"id": \n' + an_event(1) + b"\n" + an_event(2))

    assert [isinstance(event, BrokenEvent) for event in events] == [True, False, False]


def test_a_line_beyond_the_limit_is_named_and_not_kept() -> None:
    long = b'{"id": "' + b"x" * (2 * MAX_LINE) + b'"}'

    events = read(an_event(1) + b"\n" + long + b"\n" + an_event(2))

    assert [isinstance(event, BrokenEvent) for event in events] == [False, True, False]
    assert [event.line for event in events] == [1, 2, 3]


def test_a_long_first_line_is_named_and_not_kept() -> None:
    events = read(b'{"id": "' + b"x" * (3 * MAX_LINE) + b'"}\n' + an_event(1))

    assert [event.place for event in events] == ["events:1", "events:2"]


def test_an_element_that_is_no_object_is_named_by_index() -> None:
    events = read(b"[" + an_event(1) + b", 12, " + an_event(2) + b"]")

    assert [event.place for event in events] == ["events[0]", "events[1]", "events[2]"]
    assert isinstance(events[1], BrokenEvent)


@pytest.mark.parametrize("document", [b"[{}", b"[{}] {}", b'[{"a": tru}]', b"[" * 9999])
def test_a_broken_array_is_one_fault(document: bytes) -> None:
    [event] = read(document)

    assert isinstance(event, BrokenEvent)
    assert event.place == "events"


@pytest.mark.parametrize("document", [b"", b"\n \n", b"[]", b" [ ] "])
def test_nothing_is_no_event(document: bytes) -> None:
    assert read(document) == []


class EndlessLines(io.RawIOBase):
    """A stream that never ends."""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        line = (an_event() + b"\n") * 10
        buffer[: len(line)] = line
        return len(line)


def test_ndjson_is_streamed() -> None:
    stream = io.BufferedReader(EndlessLines())

    events: Iterator[object] = read_events(stream, "endless")

    assert [next(events) for _ in range(5)]
