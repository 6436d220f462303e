"""The one registry of event types: what each carries, on which topic, and how it is classified."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from percorso.events import topics
from percorso.events.types import touchpoints

WITHDRAWN = "eu.percorso.touchpoint.withdrawn.v1"


class Producer(StrEnum):
    """Who may say it."""

    AGENCY = "agency"
    PERCORSO = "percorso"


class Classification(StrEnum):
    """How sensitive the payload is; agencies' facts about a citizen are personal data."""

    PERSONAL = "personal"


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event and the model of its payload."""

    name: str
    model: type[BaseModel]
    topic: topics.Topic = topics.TOUCHPOINTS
    producer: Producer = Producer.AGENCY
    classification: Classification = Classification.PERSONAL


def _touchpoint(noun_verb: str, model: type[touchpoints.Touchpoint]) -> EventType:
    return EventType(f"eu.percorso.{noun_verb}.v1", model)


CATALOGUE: dict[str, EventType] = {
    event_type.name: event_type
    for event_type in (
        _touchpoint("page.viewed", touchpoints.PageViewed),
        _touchpoint("application.received", touchpoints.ApplicationReceived),
        _touchpoint("application.taken-charge", touchpoints.ApplicationTakenCharge),
        _touchpoint("application.decided", touchpoints.ApplicationDecided),
        _touchpoint("desk.visited", touchpoints.DeskVisited),
        _touchpoint("feedback.given", touchpoints.FeedbackGiven),
        _touchpoint("touchpoint.recorded", touchpoints.TouchpointRecorded),
        _touchpoint("touchpoint.withdrawn", touchpoints.TouchpointWithdrawn),
    )
}
