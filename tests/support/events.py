"""Builders of events for tests."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

from percorso.events.envelope import CloudEvent

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SOURCE = "urn:it:c_a182:anagrafe"
_NAMESPACE = UUID("8c5a8a53-6f0a-4f52-9a53-4f2f5cc1a001")


def a_subject(number: int = 1) -> UUID:
    """Return a citizen's pseudonym."""
    return uuid5(_NAMESPACE, str(number))


def a_touchpoint(**members: object) -> bytes:
    """Return the payload of a page view, with members added."""
    return json.dumps({"channel": "02.1", "page": "/anagrafe"} | members).encode()


def an_event(
    id: str = "1",  # noqa: A002
    *,
    subject: UUID | None = None,
    minutes: float = 0,
    sequence: int = 0,
    source: str = SOURCE,
    type: str = "eu.percorso.page.viewed.v1",  # noqa: A002
    touchpoint: bytes | None = None,
    traceparent: str | None = None,
) -> CloudEvent:
    """Return an event; `minutes` after noon of 4 May 2026."""
    return CloudEvent(
        subject=subject or a_subject(),
        id=id,
        source=source,
        type=type,
        time=NOON + timedelta(minutes=minutes),
        received_at=NOON + timedelta(days=1, minutes=minutes),
        agency="c_a182",
        touchpoint=touchpoint if touchpoint is not None else a_touchpoint(),
        sequence=sequence,
        traceparent=traceparent,
    )


def a_withdrawal(id: str, about: str, **more: object) -> CloudEvent:  # noqa: A002
    """Return an event that withdraws another of the same source."""
    payload: Mapping[str, object] = {
        "channel": "01.1.1",
        "reason": "entered for the wrong citizen",
        "about": {"source": SOURCE, "id": about},
    }
    return an_event(
        id,
        type="eu.percorso.touchpoint.withdrawn.v1",
        touchpoint=json.dumps(payload).encode(),
        **more,  # type: ignore[arg-type]
    )
