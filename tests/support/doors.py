"""Events as agencies send them to the door, and an agency to judge them for."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from percorso.events.envelope import CloudEvent
from percorso.identity.door.acceptance import Caller, accept
from percorso.identity.subjects import identifiers, pseudonyms

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
AGENCY = "c_a182"
PREFIX = "urn:it:c_a182:"
KEY = b"percorso test key, never in use!"  # that of docs/reference/identifier-vectors.json
CITIZEN = {"scheme": "cf", "value": "RSSMRA85T10A562S"}
RECEIVED = "eu.percorso.application.received.v1"
RECORDED = "eu.percorso.touchpoint.recorded.v1"
WITHDRAWN = "eu.percorso.touchpoint.withdrawn.v1"


def an_event(
    touchpoint: object = None,
    *,
    type: str = RECORDED,  # noqa: A002
    citizen: object = CITIZEN,
    **attributes: object,
) -> dict[str, Any]:
    """Return an event as sent: something recorded at noon's counter; `...` leaves a member out."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": "2026-000123",
        "source": f"{PREFIX}anagrafe",
        "type": type,
        "time": "2026-05-04T10:00:00.120Z",
        "data": {
            "citizen": citizen,
            "touchpoint": a_touchpoint() if touchpoint is None else touchpoint,
        },
    }
    return {name: value for name, value in (event | attributes).items() if value is not ...}


def a_touchpoint(**members: object) -> dict[str, object]:
    """Return the payload of RECORDED, with members changed or added; `...` leaves one out."""
    touchpoint = {"channel": "01.1.1", "name": "counter opened"} | members
    return {name: value for name, value in touchpoint.items() if value is not ...}


def written(event: object) -> bytes:
    """Write what is sent, in UTF-8."""
    return json.dumps(event, ensure_ascii=False).encode()


def with_text(touchpoint: str | bytes, **attributes: Any) -> bytes:
    """Write an event whose touchpoint is this text, JSON or not."""
    text = touchpoint if isinstance(touchpoint, bytes) else touchpoint.encode()
    return written(an_event("@@", **attributes)).replace(b'"@@"', text)


def with_more(members: str) -> bytes:
    """Write an event with more text among its members, JSON or not."""
    return written(an_event())[:-1] + b"," + members.encode() + b"}"


def subject(scheme: str, value: str, *, agency: str = AGENCY) -> UUID:
    """Return the pseudonym that an agency's identifier has with the key of tests."""
    return pseudonyms.subject(KEY, scheme, identifiers.normalise(scheme, value, agency=agency))


CALLER = Caller(AGENCY, lambda source: source.startswith(PREFIX), subject)


def judged(raw: bytes, now: datetime = NOW) -> CloudEvent:
    """Let the door judge one event as bytes."""
    return accept(raw, CALLER, now)


def texts(value: object) -> Iterator[str]:
    """Yield every string in a JSON value, names of members included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from texts(member)
