"""The typed client of Percorso's public contract, and the percorso command."""

from percorso.client.client import Percorso
from percorso.client.consents import Consent, Receipt
from percorso.client.contacts import Addresses
from percorso.client.errors import (
    BadAnswer,
    Failed,
    NoStack,
    NoToken,
    PercorsoError,
    Refused,
    Unavailable,
    Unreachable,
)
from percorso.client.events import BatchAnswer, RejectedEvent
from percorso.client.identifiers import SubjectIdentifier, parse_identifier
from percorso.client.operations import DeadLetter, ServiceStatus
from percorso.client.problems import Problem
from percorso.client.reading import BrokenEvent, RawEvent, read_events
from percorso.client.sending import Rejection, Retry, Settled
from percorso.client.timelines import TimelineItem

__all__ = [
    "Addresses",
    "BadAnswer",
    "BatchAnswer",
    "BrokenEvent",
    "Consent",
    "DeadLetter",
    "Failed",
    "NoStack",
    "NoToken",
    "Percorso",
    "PercorsoError",
    "Problem",
    "RawEvent",
    "Receipt",
    "Refused",
    "RejectedEvent",
    "Rejection",
    "Retry",
    "ServiceStatus",
    "Settled",
    "SubjectIdentifier",
    "TimelineItem",
    "Unavailable",
    "Unreachable",
    "parse_identifier",
    "read_events",
]
