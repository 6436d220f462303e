"""Kafka records, read by the codec of touchpoints and by that of facts."""

import json
from uuid import UUID

import pytest
from behave import given, then, when
from behave.runner import Context

from percorso.events.errors import Unprocessable
from percorso.events.kafka.codec import Record, decode, decode_fact, encode

KEY = str(UUID(int=1)).encode()
# The extensions that a touchpoint has on our topics, and the specification does not know.
OURS = {"agency": "c_a182", "receivedtime": "2026-05-04T10:00:00Z"}


@given("a Kafka message with payload:")
def a_message(context: Context) -> None:
    """Keep the record's value."""
    context.payload = str(context.text).encode()


@given("Kafka headers:")
def with_headers(context: Context) -> None:
    """Keep the record's headers."""
    assert context.table is not None
    context.headers = [(row["key"], row["value"].encode()) for row in context.table]


@when("parsed as Kafka message")
def parse_message(context: Context) -> None:
    """Read the record as a touchpoint, and what both codecs read alike; both give all attributes."""
    record = _with_ours(Record(KEY, context.payload, context.headers))
    event, fact = decode(record), decode_fact(record)
    assert [event.id, event.source, event.type, event.time, event.touchpoint] == [
        fact.id, fact.source, fact.type, fact.time, fact.value,
    ]  # fmt: skip
    context.attributes = _attributes(encode(event))
    context.data = event.touchpoint


@then("it is unprocessable on Kafka for the reason {reason}")
def is_dead_letter(context: Context, reason: str) -> None:
    """Show that neither codec reads the record, and why."""
    record = _with_ours(Record(KEY, context.payload, context.headers))
    for read in (decode, decode_fact):
        with pytest.raises(Unprocessable, match=f"^{reason}$"):
            read(record)


def _with_ours(record: Record) -> Record:
    if any(name == "ce_specversion" for name, _ in record.headers):
        ours = [(f"ce_{name}", value.encode()) for name, value in OURS.items()]
        return record._replace(headers=[*record.headers, *ours])
    return record._replace(value=json.dumps(json.loads(record.value) | OURS).encode())


def _attributes(record: Record) -> dict[str, str]:
    """Return the attributes of the specification, as the event would be written again."""
    named = {name.removeprefix("ce_"): value.decode() for name, value in record.headers}
    named["datacontenttype"] = named.pop("content-type")
    return {name: value for name, value in named.items() if name not in {*OURS, "sequence"}}
