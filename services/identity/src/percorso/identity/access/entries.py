"""Entries of the access log: who was given what, when and why; pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from percorso.events.ids import event_key

Action = Literal["email-released", "phone-released"]


@dataclass(frozen=True, slots=True)
class Access:
    """What one caller was given for one reason; asked for again, it is the same."""

    subject: UUID
    who: str
    action: Action
    purpose: str
    reference: str

    @property
    def id(self) -> UUID:
        """Which entry this is: no more than one stands in the log."""
        reason = f"{self.subject}/{self.who}/{self.action}/{self.purpose}"
        return event_key(reason, self.reference)


@dataclass(frozen=True, slots=True)
class Entry:
    """An access as it stands in the log."""

    id: UUID
    at: datetime
    who: str
    action: Action
    purpose: str
    reference: str
