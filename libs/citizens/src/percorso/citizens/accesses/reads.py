"""Reads by operators, and what is said of each to the citizen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from percorso.chassis.callers import Operator
from percorso.events.envelope import CloudEvent
from percorso.events.types.own import RecordAccessed, Shown

ACCESSED = "eu.percorso.record.accessed.v1"
AGENCY = "percorso"


@dataclass(frozen=True, slots=True)
class Read:
    """What an operator is shown, when, and by which of our services (`urn:percorso:<service>`)."""

    action: Shown
    by: Operator
    at: datetime
    source: str


def events(read: Read, entry: UUID, members: Iterable[UUID]) -> list[CloudEvent]:
    """Return what is said of a read: one event for each subject of the citizen, of one entry."""
    return [_event(read, entry, place, subject) for place, subject in enumerate(members)]


def _event(read: Read, entry: UUID, place: int, subject: UUID) -> CloudEvent:
    return CloudEvent(
        subject=subject,
        id=f"{entry}/{place}",
        source=read.source,
        type=ACCESSED,
        time=read.at,
        received_at=read.at,
        agency=AGENCY,
        touchpoint=_payload(read, entry),
    )


def _payload(read: Read, entry: UUID) -> bytes:
    by = read.by
    said = RecordAccessed(
        entry=str(entry),
        action=read.action,
        agency=by.agency,
        role=by.role.value,
        operator=by.subject,
        purpose=by.purpose,
        case=by.case,
    )
    return said.model_dump_json().encode()
