"""The one registry of event types: what each carries, on which topic, and how it is classified."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel

from percorso.events import topics
from percorso.events.types import own, touchpoints
from percorso.events.types.members import Touchpoint

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


def _touchpoint(noun_verb: str, model: type[Touchpoint]) -> EventType:
    return EventType(f"eu.percorso.{noun_verb}.v1", model)


def _suggestion(verb: str, model: type[Touchpoint]) -> EventType:
    name = f"eu.percorso.suggestion.{verb}.v1"
    return EventType(name, model, topics.SUGGESTIONS, Producer.PERCORSO)


def _notification(verb: str, model: type[Touchpoint]) -> EventType:
    name = f"eu.percorso.notification.{verb}.v1"
    return EventType(name, model, topics.NOTIFICATIONS, Producer.PERCORSO)


def _record(verb: str, model: type[BaseModel]) -> EventType:
    return EventType(f"eu.percorso.record.{verb}.v1", model, topics.ACCESS, Producer.PERCORSO)


CATALOGUE: dict[str, EventType] = {
    event_type.name: event_type
    for event_type in (
        _touchpoint("page.viewed", touchpoints.PageViewed),
        _touchpoint("search.made", touchpoints.SearchMade),
        _touchpoint("draft.saved", touchpoints.DraftSaved),
        _touchpoint("application.submitted", touchpoints.ApplicationSubmitted),
        _touchpoint("application.received", touchpoints.ApplicationReceived),
        _touchpoint("application.taken-charge", touchpoints.ApplicationTakenCharge),
        _touchpoint("application.decided", touchpoints.ApplicationDecided),
        _touchpoint("information.requested", touchpoints.InformationRequested),
        _touchpoint("information.provided", touchpoints.InformationProvided),
        _touchpoint("document.issued", touchpoints.DocumentIssued),
        _touchpoint("document.expiring", touchpoints.DocumentExpiring),
        _touchpoint("payment.requested", touchpoints.PaymentRequested),
        _touchpoint("payment.made", touchpoints.PaymentMade),
        _touchpoint("appointment.booked", touchpoints.AppointmentBooked),
        _touchpoint("appointment.kept", touchpoints.AppointmentKept),
        _touchpoint("appointment.missed", touchpoints.AppointmentMissed),
        _touchpoint("desk.visited", touchpoints.DeskVisited),
        _touchpoint("call.ended", touchpoints.CallEnded),
        _touchpoint("message.received", touchpoints.MessageReceived),
        _touchpoint("message.replied", touchpoints.MessageReplied),
        _touchpoint("post.received", touchpoints.PostReceived),
        _touchpoint("complaint.filed", touchpoints.ComplaintFiled),
        _touchpoint("complaint.answered", touchpoints.ComplaintAnswered),
        _touchpoint("feedback.given", touchpoints.FeedbackGiven),
        _touchpoint("service.planned", touchpoints.ServicePlanned),
        _touchpoint("service.delivered", touchpoints.ServiceDelivered),
        _touchpoint("service.recovered", touchpoints.ServiceRecovered),
        _touchpoint("service.missed", touchpoints.ServiceMissed),
        _touchpoint("usage.recorded", touchpoints.UsageRecorded),
        _touchpoint("incident.reported", touchpoints.IncidentReported),
        _touchpoint("login.made", touchpoints.LoginMade),
        _touchpoint("birth.registered", touchpoints.BirthRegistered),
        _touchpoint("residence.changed", touchpoints.ResidenceChanged),
        _touchpoint("marriage.registered", touchpoints.MarriageRegistered),
        _touchpoint("death.registered", touchpoints.DeathRegistered),
        _touchpoint("employment.ended", touchpoints.EmploymentEnded),
        _touchpoint("benefit.granted", touchpoints.BenefitGranted),
        _touchpoint("touchpoint.recorded", touchpoints.TouchpointRecorded),
        _touchpoint("touchpoint.withdrawn", touchpoints.TouchpointWithdrawn),
        _suggestion("made", own.SuggestionMade),
        _suggestion("shown", own.SuggestionShown),
        _suggestion("followed", own.SuggestionFollowed),
        _suggestion("dismissed", own.SuggestionDismissed),
        _notification("sent", own.NotificationSent),
        _notification("delivered", own.NotificationDelivered),
        _notification("failed", own.NotificationFailed),
        _notification("read", own.NotificationRead),
        _record("accessed", own.RecordAccessed),
    )
}
