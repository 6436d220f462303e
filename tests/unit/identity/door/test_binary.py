"""CloudEvents in binary mode."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.chassis.problems import MalformedBody
from percorso.identity.door.binary import is_binary, structured

HEADERS = [
    ("ce-specversion", "1.0"),
    ("ce-id", "7"),
    ("host", "localhost"),
    ("content-length", "2"),
]


def test_attributes_come_from_headers_and_data_from_the_body_untouched() -> None:
    event = structured(HEADERS, b'{ "citizen":{},  "touchpoint" : {"a":1.00}}')

    assert b'{ "citizen":{},  "touchpoint" : {"a":1.00}}' in event
    assert json.loads(event) == {
        "specversion": "1.0",
        "id": "7",
        "data": {"citizen": {}, "touchpoint": {"a": 1.0}},
    }


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_a_percent_encoded_value_is_read_back(text: str) -> None:
    event = structured([("ce-id", quote(text, safe=""))], b"{}")

    assert json.loads(event)["id"] == text


def test_a_quoted_value_is_unquoted() -> None:
    assert json.loads(structured([("ce-id", '"a \\"b\\""')], b"{}"))["id"] == 'a "b"'


@pytest.mark.parametrize("body", [b"", b"{", b'{}, "id": "another"', b"{} {}", b"\xff"])
def test_a_body_that_is_not_one_json_value_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedBody):
        structured(HEADERS, body)


def test_the_body_cannot_be_passed_as_a_header() -> None:
    event = structured([*HEADERS, ("ce-data", "{}")], b"[]")

    assert json.loads(event)["data"] == []


@pytest.mark.parametrize("given", ["application/json", "application/json; charset=utf-8"])
def test_the_content_type_of_the_data_is_that_of_the_body(given: str) -> None:
    headers = [*HEADERS, ("content-type", given), ("ce-datacontenttype", "text/plain")]

    assert json.loads(structured(headers, b"{}"))["datacontenttype"] == given


def test_a_header_that_is_no_utf8_is_malformed() -> None:
    with pytest.raises(MalformedBody):
        structured([("ce-id", "%ff")], b"{}")


def test_json_without_the_mark_is_not_binary_mode() -> None:
    assert is_binary("application/json", {"ce-specversion": "1.0"})
    assert not is_binary("application/json", {"ce-id": "1"})
    assert not is_binary("text/plain", {"ce-specversion": "1.0"})
