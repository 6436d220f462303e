"""The facts that agencies report: one model per touchpoint type (contract, section 4)."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from percorso.events.types.members import (
    About,
    Cents,
    Count,
    Details,
    Name,
    Names,
    Quantity,
    Seconds,
    Text,
    Touchpoint,
)


class PageViewed(Touchpoint):
    """The citizen looked at a page."""

    page: Name
    referrer: Name | None = None
    stayed_s: Seconds | None = None


class SearchMade(Touchpoint):
    """The citizen searched."""

    query: Text
    results: Count


class DraftSaved(Touchpoint):
    """A form was saved before it was finished."""

    form: Name
    step: Name
    filled: Count
    total: Count | None = None


class ApplicationSubmitted(Touchpoint):
    """The citizen sent an application."""

    form: Name
    fields: Names | None = None


class ApplicationReceived(Touchpoint):
    """The agency registered an application."""

    protocol: Name


class ApplicationTakenCharge(Touchpoint):
    """An office took charge of an application."""

    office: Name


class ApplicationDecided(Touchpoint):
    """An application was decided."""

    decision: Literal["accepted", "refused", "partly-accepted", "withdrawn"]
    reason: Text | None = None


class InformationRequested(Touchpoint):
    """The agency asked the citizen for something that is missing."""

    fields: Names
    due: AwareDatetime | None = None


class InformationProvided(Touchpoint):
    """The citizen gave what was asked for."""

    fields: Names


class DocumentIssued(Touchpoint):
    """The agency issued a document."""

    document: Name


class DocumentExpiring(Touchpoint):
    """A document is about to expire."""

    document: Name
    expires_on: date


class PaymentRequested(Touchpoint):
    """The agency asked for a payment."""

    notice: Name
    amount_cents: Cents
    due: AwareDatetime


class PaymentMade(Touchpoint):
    """The citizen paid."""

    notice: Name
    amount_cents: Cents


class AppointmentBooked(Touchpoint):
    """An appointment was booked."""

    at: AwareDatetime
    office: Name


class AppointmentKept(Touchpoint):
    """The citizen came to an appointment."""

    at: AwareDatetime
    office: Name


class AppointmentMissed(Touchpoint):
    """The citizen did not come to an appointment."""

    at: AwareDatetime
    office: Name


class DeskVisited(Touchpoint):
    """The citizen was served at a desk."""

    office: Name
    waited_s: Seconds
    served_s: Seconds | None = None


class CallEnded(Touchpoint):
    """A telephone call ended."""

    waited_s: Seconds
    talked_s: Seconds | None = None
    topic: Name | None = None


class MessageReceived(Touchpoint):
    """The agency received a message."""

    thread: Name
    text: Text | None = None
    topic: Name | None = None


class MessageReplied(Touchpoint):
    """The agency answered a message."""

    thread: Name
    text: Text | None = None


class PostReceived(Touchpoint):
    """The agency received a letter."""

    protocol: Name


class ComplaintFiled(Touchpoint):
    """The citizen complained."""

    complaint: Name
    text: Text | None = None
    topic: Name | None = None


class ComplaintAnswered(Touchpoint):
    """The agency answered a complaint."""

    complaint: Name
    resolution: Text


class FeedbackGiven(Touchpoint):
    """The citizen rated a service or one touchpoint."""

    rating: Annotated[int, Field(ge=1, le=5)]
    reason: Text | None = None
    text: Text | None = None
    about: About | None = None


class ServicePlanned(Touchpoint):
    """A delivery of a service was planned."""

    item: Name
    kind: Name
    planned_from: AwareDatetime
    planned_to: AwareDatetime


class ServiceDelivered(Touchpoint):
    """A planned delivery took place."""

    item: Name
    kind: Name
    at: AwareDatetime


class ServiceRecovered(Touchpoint):
    """A delivery that had been missed took place later."""

    item: Name
    kind: Name
    at: AwareDatetime


class ServiceMissed(Touchpoint):
    """A planned delivery did not take place."""

    item: Name
    kind: Name
    cause: Text | None = None


class UsageRecorded(Touchpoint):
    """The citizen used a metered service."""

    kind: Name
    quantity: Quantity
    unit: Name


class IncidentReported(Touchpoint):
    """The citizen reported an incident."""

    incident: Name
    kind: Name
    text: Text | None = None


class LoginMade(Touchpoint):
    """The citizen logged in."""

    provider: Name
    level: Annotated[int, Field(ge=1, le=3)]


class BirthRegistered(Touchpoint):
    """A child was born."""

    born_on: date
    order: Annotated[int, Field(ge=1, le=99)] | None = None


class ResidenceChanged(Touchpoint):
    """The citizen moved."""

    to_area: Name
    from_area: Name | None = None
    moved_on: date


class MarriageRegistered(Touchpoint):
    """The citizen married."""

    on: date


class DeathRegistered(Touchpoint):
    """A relative of the citizen died, or the citizen."""

    on: date


class EmploymentEnded(Touchpoint):
    """The citizen lost or left a job."""

    on: date


class BenefitGranted(Touchpoint):
    """A benefit was granted."""

    benefit: Name
    until: date | None = None


class TouchpointRecorded(Touchpoint):
    """Something that the catalogue does not name yet."""

    name: Name
    details: Details | None = None


class TouchpointWithdrawn(Touchpoint):
    """An earlier touchpoint of the same source and citizen was wrong: it is hidden everywhere."""

    about: About
    reason: Text
