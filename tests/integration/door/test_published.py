"""What is published is what was sent, under a pseudonym and with nothing else."""

import json
import re
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from percorso.chassis.testing import recorded_spans
from percorso.events.ids import event_key
from percorso.events.kafka.codec import decode
from percorso.events.topics import TOUCHPOINTS
from tests.support.doors import RECEIVED, an_event, with_text
from tests.support.identities import Identity
from tests.support.records import Records
from tests.support.repository import ROOT

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

PUBLISHED = json.loads((ROOT / "docs/reference/identifier-vectors.json").read_text("utf-8"))
VECTORS = [each for each in PUBLISHED["valid"] if each.get("agency", "c_a182") == "c_a182"]
HEADERS = {
    "ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_sequence", "ce_agency",
    "ce_receivedtime", "content-type", "traceparent",
}  # fmt: skip
TEXT = b'{ "channel" : "01.1.1" ,\r\n"protocol":"\\u00e8\xc3\xa8/\\/\\n","matter":"\xf0\x9f\x8f\x9b"\t}'


async def only(topic: Records) -> ConsumerRecord:
    """Return the one record that was added."""
    (record,) = await topic.added()
    return record


async def test_a_record_is_what_the_contract_says(door: Identity, topic: Records) -> None:
    raw = with_text(TEXT, type=RECEIVED, id="à-1", sequence="12", ext="left behind")
    with recorded_spans():
        await door.post(raw, traceparent=f"00-{'ab' * 16}-{'cd' * 8}-01")

    record = await only(topic)

    headers = dict(record.headers)
    assert len(record.headers) == len(headers)
    assert headers.keys() == HEADERS
    assert headers.pop("traceparent").startswith(b"00-" + b"ab" * 16)
    assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", headers.pop("ce_receivedtime"))
    assert headers == {
        "ce_specversion": b"1.0",
        "ce_id": "à-1".encode(),
        "ce_source": b"urn:it:c_a182:anagrafe",
        "ce_type": RECEIVED.encode(),
        "ce_time": b"2026-05-04T10:00:00.120000Z",
        "ce_sequence": b"12",
        "ce_agency": b"c_a182",
        "content-type": b"application/json",
    }
    assert record.value == TEXT
    assert record.key == b"d9b965a3-1f94-8374-aa7f-14c588f368cc"
    assert record.partition == TOUCHPOINTS.partition(record.key)
    assert decode(record).touchpoint == TEXT


async def test_without_a_trace_there_is_no_traceparent_of_anybody_else(
    door: Identity, topic: Records
) -> None:
    await door.post(an_event(), traceparent="00-RSSMRA85T10A562S-x-01")

    headers = dict((await only(topic)).headers)

    assert headers.keys() <= HEADERS
    assert b"RSSMRA" not in b"".join(headers.values())


async def test_every_key_is_the_subject_of_the_published_vectors(
    door: Identity, topic: Records
) -> None:
    events = [
        an_event(id=str(number), citizen={"scheme": each["scheme"], "value": each["input"]})
        for number, each in enumerate(VECTORS)
    ]

    answer = await door.post_batch(events)

    assert answer.json() == {"accepted": len(VECTORS), "rejected": []}
    keys = {dict(record.headers)["ce_id"]: record.key for record in await topic.added()}
    assert keys == {
        str(number).encode(): each["subject"].encode() for number, each in enumerate(VECTORS)
    }


async def test_no_record_holds_an_identifier(door: Identity, topic: Records) -> None:
    await door.post_batch(
        [an_event(citizen={"scheme": each["scheme"], "value": each["input"]}) for each in VECTORS]
    )

    written = [everything(record) for record in await topic.added()]

    for each in VECTORS:
        for form in (each["input"].strip(), each["normalised"]):
            assert not any(form.encode() in record for record in written)


def everything(record: ConsumerRecord) -> bytes:
    """Return all that a record holds, in one text."""
    parts: list[Any] = [record.key, record.value]
    for name, value in record.headers:
        parts += [name.encode(), value]
    return b"\n".join(parts)


async def test_an_event_that_is_sent_again_is_the_same_record(
    door: Identity, topic: Records
) -> None:
    for _ in range(2):
        await door.post(an_event())

    one, other = (decode(record) for record in await topic.added())

    assert one.received_at < other.received_at
    assert (one.subject, one.time, one.sequence) == (other.subject, other.time, other.sequence)
    assert event_key(one.source, one.id) == event_key(other.source, other.id)
    assert one.touchpoint == other.touchpoint


@pytest.mark.parametrize("count", [1, 15, 16, 400])
async def test_every_event_of_a_batch_is_published_in_order_for_its_citizen(
    door: Identity, topic: Records, count: int
) -> None:
    await door.post_batch([an_event(id=str(number)) for number in range(count)])

    ids = [decode(record).id for record in await topic.added()]

    assert ids == [str(number) for number in range(count)]
