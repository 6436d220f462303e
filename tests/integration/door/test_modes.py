"""One event in every content mode: whichever way it comes, the same record stands on the topic."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from percorso.identity.door.binary import BINARY
from percorso.identity.door.reading import BATCH, LINES, SINGLE
from tests.support.doors import RECEIVED, an_event
from tests.support.identities import PATH, Identity
from tests.support.records import Records

pytestmark = pytest.mark.timeout(180)  # the first test waits for the servers to start

EVENT = an_event(
    {"channel": "01.1.1", "protocol": "2026/44871 è"},
    type=RECEIVED,
    id="è 50% / 7",
    sequence="12",
    datacontenttype="application/json",
)
OURS = {"ce_receivedtime", "traceparent"}  # of each request


def in_binary() -> tuple[dict[str, str], bytes]:
    """Return the event's attributes as headers in any case, and its data alone."""
    headers = {
        f"Ce-{name.upper()}": quote(str(value), safe=":")
        for name, value in EVENT.items()
        if name not in {"data", "datacontenttype"}
    }
    return headers, json.dumps(EVENT["data"], ensure_ascii=False).encode()


MODES: dict[str, tuple[dict[str, str], bytes]] = {
    SINGLE: ({}, json.dumps(EVENT, ensure_ascii=False).encode()),
    f"{SINGLE}; charset=utf-8": ({}, json.dumps(EVENT, ensure_ascii=False).encode()),
    BATCH: ({}, json.dumps([EVENT], ensure_ascii=False).encode()),
    LINES: ({}, json.dumps(EVENT, ensure_ascii=False).encode()),
    BINARY: in_binary(),
    f"{BINARY}; charset=utf-8": in_binary(),
}


@pytest.mark.parametrize("media_type", MODES)
async def test_an_event_is_the_same_record_in_every_mode(
    door: Identity, topic: Records, media_type: str
) -> None:
    headers, body = MODES[media_type]

    answer = await door.http.post(PATH, content=body, headers=door.headers(media_type) | headers)

    assert (answer.status_code, answer.json()) == (202, {"accepted": 1, "rejected": []})
    (record,) = await topic.added()
    said: dict[str, Any] = {
        name: value.decode() for name, value in record.headers if name not in OURS
    }
    assert said == {
        "ce_specversion": "1.0",
        "ce_id": EVENT["id"],
        "ce_source": EVENT["source"],
        "ce_type": RECEIVED,
        "ce_time": "2026-05-04T10:00:00.120000Z",
        "ce_sequence": "12",
        "ce_agency": "c_a182",
        "content-type": "application/json",
    }
    assert json.loads(record.value) == EVENT["data"]["touchpoint"]
