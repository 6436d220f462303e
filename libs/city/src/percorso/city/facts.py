"""Facts: what happened to whom and where, and the CloudEvent that says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from percorso.city import calendar
from percorso.city.agencies import System
from percorso.city.people import Identifier
from percorso.city.services import Service

WITHDRAWN = "touchpoint.withdrawn"

_ENCODER = msgspec.json.Encoder()


class Contact(NamedTuple):
    """Where citizen and agency meet: the system that reports it, the channel, the service."""

    system: System
    channel: str
    service: Service | None = None


class Reference(NamedTuple):
    """The identity of an event."""

    source: str
    id: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One touchpoint as the city knows it; `stage` is for the truth alone and is never sent."""

    id: str
    at_ms: int
    sequence: int
    contact: Contact
    noun_verb: str
    citizen: Identifier
    members: Mapping[str, object]
    stage: str | None = None

    @property
    def reference(self) -> Reference:
        """The event's identity."""
        return Reference(self.contact.system.source, self.id)


def event_bytes(fact: Fact, *, written: Identifier | None = None) -> bytes:
    """Encode the CloudEvent; `written` is the identifier as a system wrote it, in another form."""
    system, channel, service = fact.contact
    scheme, value = written or fact.citizen
    touchpoint: dict[str, object] = {"channel": channel}
    if service is not None:
        touchpoint["service"] = service.code
    touchpoint.update(fact.members)
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": fact.id,
        "source": system.source,
        "type": f"eu.percorso.{fact.noun_verb}.v1",
        "time": calendar.instant_text(fact.at_ms, is_local=not system.is_in_utc),
        "datacontenttype": "application/json",
    }
    if fact.sequence:
        event["sequence"] = str(fact.sequence)
    event["data"] = {"citizen": {"scheme": scheme, "value": value}, "touchpoint": touchpoint}
    return _ENCODER.encode(event)
