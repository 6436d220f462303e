"""The AsyncAPI document says what stands on Kafka: its schemas take what the code writes there."""

import json
import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from jsonschema_rs import Draft7Validator

from percorso.citizens.consents import facts as consents
from percorso.citizens.consents.facts import ConsentState
from percorso.citizens.facts import LinkEnd, LinkState, to_fact
from percorso.events.catalogue import CATALOGUE
from percorso.events.kafka.codec import Record, encode, encode_fact
from percorso.events.topics import TOPICS
from tests.support import goldens
from tests.support.repository import DISTRIBUTIONS, ROOT, source

Json = dict[str, Any]

DOCUMENT = json.loads((ROOT / "docs/reference/asyncapi.json").read_text("utf-8"))
MESSAGES: Json = DOCUMENT["components"]["messages"]
TRACEPARENT = f"00-{'ab' * 16}-{'cd' * 8}-01"
NOW = datetime(2026, 6, 1, tzinfo=UTC)

every_type = pytest.mark.parametrize("name", CATALOGUE)


def validator(*place: str) -> Draft7Validator:
    """Return the validator of a schema at its place in the document."""
    pointer = "/".join(("#/components/messages", *place))
    schema = {"$ref": pointer, "components": DOCUMENT["components"]}
    return Draft7Validator(schema, validate_formats=True)


def check(record: Record, name: str) -> None:
    """Assert that key, headers and value of a record are as its message says."""
    headers = {key: value.decode() for key, value in record.headers}
    validator(name, "headers").validate(headers)
    validator(name, "payload").validate(json.loads(record.value))
    validator(name, "bindings", "kafka", "key").validate(record.key.decode())


def the_record(name: str) -> Record:
    """Return what is published of a type's golden."""
    return encode(goldens.event(name, NOW), TRACEPARENT)


@every_type
def test_a_message_takes_what_is_published_of_its_golden(name: str) -> None:
    check(the_record(name), name)


@pytest.mark.parametrize("is_live", [True, False])
def test_a_message_takes_the_fact_that_identity_publishes(is_live: bool) -> None:  # noqa: FBT001
    ends = (LinkEnd(UUID(int=1), True), LinkEnd(UUID(int=2), False))  # noqa: FBT003
    state = LinkState(link_id=UUID(int=3), version=1, ends=ends, is_live=is_live)
    fact = to_fact(state, NOW, TRACEPARENT)

    check(encode_fact(fact), fact.type)


@pytest.mark.parametrize("is_given", [True, False])
def test_a_message_takes_the_consent_that_identity_publishes(is_given: bool) -> None:  # noqa: FBT001
    state = ConsentState(UUID(int=1), "feedback", "any", 1, is_given, NOW)
    fact = consents.to_fact(state, TRACEPARENT)

    check(encode_fact(fact), fact.type)


@every_type
def test_a_message_refuses_what_is_not_of_its_type(name: str) -> None:
    good = the_record(name)
    payload, headers = json.loads(good.value), {key: text.decode() for key, text in good.headers}

    required = "channel" if "channel" in payload else "entry"
    less = {key: value for key, value in payload.items() if key != required}
    assert not validator(name, "payload").is_valid(less)
    assert not validator(name, "payload").is_valid(payload | {"citizen": "not here"})
    assert not validator(name, "headers").is_valid(headers | {"ce_type": "eu.percorso.other.v1"})
    assert not validator(name, "headers").is_valid(headers | {"ce_time": "yesterday"})
    for header in headers.keys() - {"traceparent"}:
        others = {key: text for key, text in headers.items() if key != header}
        assert not validator(name, "headers").is_valid(others), header


def test_every_topic_is_a_channel_with_its_partitions_and_messages() -> None:
    channels = DOCUMENT["channels"]

    assert {
        name: channel["bindings"]["kafka"]["partitions"] for name, channel in channels.items()
    } == {topic.name: topic.partitions for topic in TOPICS}
    assert all(channel["messages"] for channel in channels.values())
    on_channels = [name for channel in channels.values() for name in channel["messages"]]
    assert sorted(on_channels) == sorted(MESSAGES)


def test_every_type_that_the_code_names_is_a_message() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for distribution in DISTRIBUTIONS
        for path in source(distribution).rglob("*.py")
    )
    named = set(re.findall(r"\"(eu\.percorso\.[a-z.-]+\.v\d+)\"", code))

    assert named - MESSAGES.keys() == set()
    assert len(named) > 1
