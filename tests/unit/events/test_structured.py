"""Records in Kafka's structured mode, which others may write."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.kafka.codec import Record, decode, encode
from percorso.events.limits import MAX_EVENT_BYTES, MAX_TOUCHPOINT_BYTES
from tests.support.events import an_event

MEDIA_TYPE = b"application/cloudevents+json"
TRACEPARENT = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
TOUCHPOINT = b'{ "channel" : "02.1",\r\n"page":"\\u00e8\xc3\xa8"  }'


def attributes(event: CloudEvent) -> dict[str, Any]:
    """Return an event's attributes under the names of the specification."""
    named = {name: value.decode() for name, value in encode(event).headers if name[:3] == "ce_"}
    return {name.removeprefix("ce_"): value for name, value in named.items()}


def structured(members: dict[str, Any], data: bytes | None = TOUCHPOINT) -> bytes:
    """Write an event as one JSON object, its data byte for byte."""
    written = json.dumps(members).encode()
    return written if data is None else written[:-1] + b', "data": ' + data + b"}"


def a_record(value: bytes | None, media_type: bytes = MEDIA_TYPE) -> Record:
    """Return a record in structured mode."""
    headers = [("content-type", media_type), ("traceparent", TRACEPARENT.encode())]
    return Record(encode(an_event()).key, value, headers)  # type: ignore[arg-type]


def reason(record: Record) -> Reason:
    """Return why a record cannot be read."""
    with pytest.raises(Unprocessable) as caught:
        decode(record)
    return caught.value.reason


@pytest.mark.parametrize("more", [b"", b"; charset=utf-8", b";charset=UTF-8"])
def test_an_event_is_the_same_in_both_modes(more: bytes) -> None:
    event = an_event(sequence=7, touchpoint=TOUCHPOINT, traceparent=TRACEPARENT)

    assert decode(a_record(structured(attributes(event)), MEDIA_TYPE + more)) == event


def test_an_attribute_may_be_a_number_or_absent() -> None:
    event = an_event(sequence=7, touchpoint=TOUCHPOINT, traceparent=TRACEPARENT)
    members = attributes(event) | {"sequence": 7, "subject": None, "ext": True}

    assert decode(a_record(structured(members))) == event


@pytest.mark.parametrize(
    ("why", "value"),
    {
        Reason.UNREADABLE_VALUE: b"{",
        Reason.NULL_VALUE: structured(attributes(an_event()), None),
        Reason.INVALID_ATTRIBUTE: structured(attributes(an_event()) | {"id": {"a": 1}}),
        Reason.MISSING_ATTRIBUTE: structured({"id": "1"}),
        Reason.UNKNOWN_VERSION: structured(attributes(an_event()) | {"specversion": "0.3"}),
    }.items(),
)
def test_what_cannot_be_read_says_why(why: Reason, value: bytes) -> None:
    assert reason(a_record(value)) is why


@pytest.mark.parametrize("value", [b"[]", b"7", b'"x"', b"\xff", b"[" * 100_000, b""])
def test_what_is_no_object_is_unreadable(value: bytes) -> None:
    assert reason(a_record(value[:MAX_EVENT_BYTES])) is Reason.UNREADABLE_VALUE


def test_limits_hold_in_structured_mode_too() -> None:
    long = b'"%s"' % (b"x" * MAX_TOUCHPOINT_BYTES)

    assert reason(a_record(structured(attributes(an_event()), long))) is Reason.TOO_LARGE
    assert reason(a_record(b" " * (MAX_EVENT_BYTES + 1))) is Reason.TOO_LARGE


def test_without_its_media_type_it_is_no_event() -> None:
    value = structured(attributes(an_event()))

    assert reason(a_record(value, b"application/json")) is Reason.MISSING_ATTRIBUTE


@given(st.binary() | st.dictionaries(st.text(), st.text() | st.integers()).map(structured))
def test_whatever_is_in_it_is_an_event_or_unprocessable(value: bytes) -> None:
    try:
        decoded = decode(a_record(value))
    except Unprocessable:
        return
    assert isinstance(decoded, CloudEvent)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        (b"\xff\xfe", b"\x00\x01", Reason.WRONG_KEY),
        (b"\xff\xfe", None, Reason.NULL_VALUE),
        (b"\xff\xfe", b"x" * (MAX_TOUCHPOINT_BYTES + 1), Reason.TOO_LARGE),
        (encode(an_event()).key, b"{}", Reason.MISSING_ATTRIBUTE),
    ],
)
def test_what_is_in_neither_mode_is_told_by_its_value_then_its_key(
    key: bytes, value: bytes | None, why: Reason
) -> None:
    assert reason(Record(key, value, [])) is why  # type: ignore[arg-type]


def test_a_truth_value_is_written_as_the_specification_says() -> None:
    flagged = structured({**attributes(an_event()), "id": True})

    assert decode(a_record(flagged)).id == "true"
