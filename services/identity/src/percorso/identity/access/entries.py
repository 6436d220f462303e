"""Entries of the access log: who was given what, when and why; pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from percorso.events.ids import event_key
from percorso.events.types.own import Shown

Released = Literal["email-released", "phone-released"]
Action = Released | Shown | Literal["subject-found"]


@dataclass(frozen=True, slots=True)
class Access:
    """What one caller was given, and for what; `id` says which entry it is, of all linked subjects.

    `who` is `service:<name>` or `agency:<code>`; of an operator there are the role and how their
    agency names them, `purpose` is theirs and `reference` their case.
    """

    id: UUID
    subject: UUID
    who: str
    action: Action
    purpose: str
    reference: str
    role: str | None = None
    operator: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An access as its citizen sees it."""

    id: UUID
    at: datetime
    who: str
    action: Action
    purpose: str
    reference: str
    role: str | None


def release(subject: UUID, who: str, action: Released, purpose: str, reference: str) -> Access:
    """Return the access of a service for one reason; asked for again, it is the same."""
    key = event_key(f"{subject}/{who}/{action}/{purpose}", reference)
    return Access(key, subject, who, action, purpose, reference)
