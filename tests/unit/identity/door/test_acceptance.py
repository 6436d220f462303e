"""What the door accepts and refuses of an event, but for its time and its touchpoint."""

import json
from datetime import UTC, datetime

import pytest

from percorso.identity.door.acceptance import sent_id
from percorso.identity.door.refusals import Refused
from percorso.identity.subjects.identifiers import OWN_SCHEMES
from tests.support.doors import (
    AGENCY,
    NOW,
    PREFIX,
    RECEIVED,
    an_event,
    judged,
    with_more,
    with_text,
    written,
)
from tests.support.repository import ROOT
from tests.unit.identity.door.refusing import an_event_with, of, refusal

PUBLISHED = json.loads((ROOT / "docs/reference/identifier-vectors.json").read_text("utf-8"))
VECTORS = {
    kind: [
        each
        for each in PUBLISHED[kind]
        if each["scheme"] not in OWN_SCHEMES or each.get("agency") == AGENCY
    ]
    for kind in ("valid", "refused")
}


def test_an_event_is_accepted_with_what_the_door_adds() -> None:
    event = judged(written(an_event(sequence="7", datacontenttype="application/json")))

    assert (event.id, event.source, event.agency) == ("2026-000123", f"{PREFIX}anagrafe", "c_a182")
    assert event.time == datetime(2026, 5, 4, 10, 0, 0, 120_000, tzinfo=UTC)
    assert (event.received_at, event.sequence) == (NOW, 7)


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda each: each["input"])
def test_the_subject_is_that_of_the_published_vectors(vector: dict[str, str]) -> None:
    citizen = {"scheme": vector["scheme"], "value": vector["input"]}

    assert str(judged(written(an_event(citizen=citizen))).subject) == vector["subject"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda each: each["note"])
def test_a_wrong_identifier_is_refused_where_the_vectors_say(vector: dict[str, str]) -> None:
    citizen = {"scheme": vector["scheme"], "value": vector["input"]}
    raw = json.dumps(an_event(citizen=citizen)).encode()

    slug, pointer = refusal(raw)

    assert slug in {"invalid-identifier", "invalid-event"}
    assert pointer in {f"/data/citizen{vector['pointer']}", ""}


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "time", "data"])
@pytest.mark.parametrize("value", [..., None, 7, [], {}, True])
def test_a_required_attribute_is_named(name: str, value: object) -> None:
    slug, pointer = of(an_event_with(**{name: value}))

    assert slug == "invalid-event"
    assert pointer in {f"/{name}", f"/{name}/citizen"}


@pytest.mark.parametrize("name", ["id", "source"])
def test_an_attribute_has_at_most_256_characters(name: str) -> None:
    longest = PREFIX + "è" * (256 - len(PREFIX))

    assert getattr(judged(written(an_event_with(**{name: longest}))), name) == longest
    assert of(an_event_with(**{name: longest + "è"})) == ("invalid-event", f"/{name}")
    assert of(an_event_with(**{name: ""})) == ("invalid-event", f"/{name}")
    assert of(an_event_with(**{name: PREFIX + "\0"})) == ("invalid-event", f"/{name}")


@pytest.mark.parametrize("version", ["", "1", "1.0 ", "1.0.2", "0.3"])
def test_another_version_of_cloudevents_is_refused(version: str) -> None:
    assert of(an_event(specversion=version)) == ("invalid-event", "/specversion")


@pytest.mark.parametrize(
    "source", ["urn:it:c_h501:x", "urn:it:c_a182", "URN:IT:C_A182:x", " urn:it:c_a182:x"]
)
def test_a_foreign_source_is_refused(source: str) -> None:
    assert of(an_event(source=source)) == ("foreign-source", "/source")


@pytest.mark.parametrize(
    "event_type",
    ["eu.percorso.page.viewed.v2", "x", "eu.percorso.consent.given.v1", RECEIVED.upper()],
)
def test_a_type_that_no_agency_may_send_is_refused(event_type: str) -> None:
    assert of(an_event(type=event_type)) == ("unknown-type", "/type")


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=utf-8",
        "application/vnd.comune.it+json",
        None,
    ],
)
def test_content_that_is_json_is_accepted(kind: str | None) -> None:
    assert judged(written(an_event(datacontenttype=kind)))


@pytest.mark.parametrize("kind", ["", "text/json", "application/xml", "json", "application/json\n"])
def test_content_that_is_not_json_is_refused(kind: str) -> None:
    assert of(an_event(datacontenttype=kind)) == ("invalid-event", "/datacontenttype")


@pytest.mark.parametrize(
    ("given", "expected"), [("0", 0), ("007", 7), (7, 7), (0, 0), ("9" * 18, 10**18 - 1)]
)
def test_a_sequence_is_a_number_in_digits(given: object, expected: int) -> None:
    assert judged(written(an_event(sequence=given))).sequence == expected


@pytest.mark.parametrize(
    "given",
    ["", " 1", "-1", "+1", "1.0", "1e2", "\u0661", "9" * 19, -1, 1.0, 10**18, None, True, [1]],
)
def test_another_sequence_is_refused(given: object) -> None:
    assert of(an_event(sequence=given)) == ("invalid-event", "/sequence")


def test_a_sequence_of_five_thousand_digits_is_refused() -> None:
    assert refusal(with_more(f'"sequence":{"9" * 5_000}')) == ("invalid-event", "/sequence")


def test_an_event_has_at_most_64_kib() -> None:
    room = 65_536 - len(with_more('"ext":""'))

    assert judged(with_more(f'"ext":"{"x" * room}"'))
    assert refusal(with_more(f'"ext":"{"x" * (room + 1)}"')) == ("over-limit", "")


def test_a_limit_is_named() -> None:
    with pytest.raises(Refused) as caught:
        judged(with_text('"%s"' % ("x" * 16_383)))

    assert caught.value.summary() == {
        "type": "urn:percorso:problem:over-limit",
        "title": "A limit is exceeded",
        "pointer": "/data/touchpoint",
        "detail": "a touchpoint has at most 16384 bytes",
    }


def test_of_an_attribute_that_is_given_twice_the_last_one_counts_everywhere() -> None:
    raw = with_more('"id":"2","\\u0069d":"3"')

    assert judged(raw).id == sent_id(raw) == "3"


def test_extensions_are_left_behind() -> None:
    raw = with_more('"ext":{"a":[1]},"ID":"x","subject":"RSSMRA85T10A562S","dataschema":"y"')

    assert judged(raw) == judged(written(an_event()))


@pytest.mark.parametrize(
    ("data", "pointer"),
    [
        ({}, "/data/citizen"),
        ({"citizen": {}}, "/data/citizen/scheme"),
        ({"citizen": {"scheme": "cf"}}, "/data/citizen/value"),
        ({"citizen": {"scheme": "cf", "value": "x", "secret": 1}}, "/data/citizen"),
        ({"citizen": {"scheme": "cf", "value": 7}}, "/data/citizen/value"),
        ({"citizen": {"scheme": "cf", "value": "x"}}, "/data/touchpoint"),
        ({"citizen": {"scheme": "cf", "value": "x"}, "touchpoint": {}, "secret": 1}, "/data"),
        ({"citizen": {"scheme": "cf", "value": "x` - at `$.secret"}, "x` - at `$.y`": 1}, "/data"),
        ([], "/data"),
        ("x", "/data"),
    ],
)
def test_data_has_exactly_two_members(data: object, pointer: str) -> None:
    assert of(an_event(data=data)) == ("invalid-event", pointer)


@pytest.mark.parametrize("event", [None, 1, "x", [], [{}], True])
def test_an_event_is_an_object(event: object) -> None:
    assert of(event) == ("invalid-event", "")


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"id":"a"}', "a"),
        (b'{"id":"' + b"x" * 300 + b'"}', "x" * 256),
        (b'{"id":7}', None),
        (b'{"id":null}', None),
        (b'{"id":"\\ud800"}', None),
        (b'{"id":"\xff"}', None),
        (b'{"id":' + b"[" * 5_000, None),
        (b'["id"]', None),
        (b"{}", None),
        (b"", None),
        (b"\xff", None),
    ],
)
def test_an_id_is_repeated_where_it_can_be_told(raw: bytes, expected: str | None) -> None:
    assert sent_id(raw) == expected
