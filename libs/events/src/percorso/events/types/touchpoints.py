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

Office = Annotated[Name, Field(description="The office, by the agency's code for it")]
Appointment = Annotated[AwareDatetime, Field(description="When the appointment was to begin")]
Protocol = Annotated[Name, Field(description="Number in the agency's register of papers")]
Asked = Annotated[Names, Field(description="What was missing, by the form's names of its fields")]
Document = Annotated[Name, Field(description="Which document, by the agency's code for its kind")]
Notice = Annotated[Name, Field(description="The payment notice's number (pagoPA: numero avviso)")]
Amount = Annotated[Cents, Field(description="Amount in cents of a euro")]
Thread = Annotated[Name, Field(description="The agency's number of the exchange, for all of it")]
Complaint = Annotated[Name, Field(description="The complaint's number at the agency")]
Item = Annotated[Name, Field(description="The one delivery, by the same number in all its events")]
Kind = Annotated[Name, Field(description="What is delivered, such as a sort of waste")]


class PageViewed(Touchpoint):
    """The citizen looked at a page. Sent by the site or app."""

    page: Name = Field(description="The page's path, without what was typed into it")
    referrer: Name | None = Field(None, description="The page from which the citizen came")
    stayed_s: Seconds | None = Field(None, description="Seconds for which the page was looked at")


class SearchMade(Touchpoint):
    """The citizen searched. Sent by the site or app."""

    query: Text = Field(description="What was searched for, as it was typed")
    results: Count = Field(description="How many results there were")


class DraftSaved(Touchpoint):
    """A form was saved before it was finished. Sent by the online form."""

    form: Name = Field(description="The form, by its code")
    step: Name = Field(description="The step of the form at which it was left")
    filled: Count = Field(description="How many fields were filled in")
    total: Count | None = Field(None, description="How many fields the form has")


class ApplicationSubmitted(Touchpoint):
    """The citizen sent an application. Sent by the online form, before anybody registered it."""

    form: Name = Field(description="The form, by its code")
    fields: Names | None = Field(None, description="Names of the fields that were asked, no values")


class ApplicationReceived(Touchpoint):
    """The agency registered an application. Sent by the register (protocollo)."""

    protocol: Protocol


class ApplicationTakenCharge(Touchpoint):
    """An office took charge of an application. Sent by the case management."""

    office: Office


class ApplicationDecided(Touchpoint):
    """An application was decided. Sent by the case management."""

    decision: Literal["accepted", "refused", "partly-accepted", "withdrawn"] = Field(
        description="How it was decided; `withdrawn`: the citizen took it back"
    )
    reason: Text | None = Field(None, description="Why, as the citizen may read it")


class InformationRequested(Touchpoint):
    """The agency asked the citizen for something that is missing. Sent by the case management."""

    fields: Asked
    due: AwareDatetime | None = Field(None, description="Until when it is waited for")


class InformationProvided(Touchpoint):
    """The citizen gave what was asked for. Sent by the case management."""

    fields: Names = Field(description="What was given, by the names with which it was asked for")


class DocumentIssued(Touchpoint):
    """The agency issued a document. Sent by the system that issues it."""

    document: Document


class DocumentExpiring(Touchpoint):
    """A document is about to expire. Sent by the system that issued it."""

    document: Document
    expires_on: date = Field(description="The last day on which it is valid")


class PaymentRequested(Touchpoint):
    """The agency asked for a payment. Sent by the accounts, when the notice goes out."""

    notice: Notice
    amount_cents: Amount
    due: AwareDatetime = Field(description="Until when it is to be paid")


class PaymentMade(Touchpoint):
    """The citizen paid. Sent by the accounts, when the payment is known."""

    notice: Notice
    amount_cents: Amount


class AppointmentBooked(Touchpoint):
    """An appointment was booked. Sent by the booking system."""

    at: Appointment
    office: Office


class AppointmentKept(Touchpoint):
    """The citizen came to an appointment. Sent by the booking or queue system."""

    at: Appointment
    office: Office


class AppointmentMissed(Touchpoint):
    """The citizen did not come to an appointment. Sent by the booking or queue system."""

    at: Appointment
    office: Office


class DeskVisited(Touchpoint):
    """The citizen was served at a desk. Sent by the queue system or the desk's own."""

    office: Office
    waited_s: Seconds = Field(description="Seconds from the ticket to the call")
    served_s: Seconds | None = Field(None, description="Seconds from the call to the end")


class CallEnded(Touchpoint):
    """A telephone call ended. Sent by the call centre."""

    waited_s: Seconds = Field(description="Seconds from the ring to somebody's answer")
    talked_s: Seconds | None = Field(None, description="Seconds from the answer to the end")
    topic: Name | None = Field(None, description="What it was about, by a code of the agency's")


class MessageReceived(Touchpoint):
    """The agency received a message. Sent by the mailbox, certified mailbox or chat."""

    thread: Thread
    text: Text | None = Field(None, description="The message; leave it out unless it is needed")
    topic: Name | None = Field(None, description="What it is about, by a code of the agency's")


class MessageReplied(Touchpoint):
    """The agency answered a message. Sent by the mailbox, certified mailbox or chat."""

    thread: Thread
    text: Text | None = Field(None, description="The answer; leave it out unless it is needed")


class PostReceived(Touchpoint):
    """The agency received a letter. Sent by the register (protocollo)."""

    protocol: Protocol


class ComplaintFiled(Touchpoint):
    """The citizen complained. Sent by the system that keeps complaints."""

    complaint: Complaint
    text: Text | None = Field(None, description="The complaint; leave it out unless it is needed")
    topic: Name | None = Field(None, description="What it is about, by a code of the agency's")


class ComplaintAnswered(Touchpoint):
    """The agency answered a complaint. Sent by the system that keeps complaints."""

    complaint: Complaint
    resolution: Text = Field(description="What was done, as the citizen may read it")


class FeedbackGiven(Touchpoint):
    """The citizen rated a service or one touchpoint. Sent by whoever asked."""

    rating: Annotated[int, Field(ge=1, le=5)] = Field(description="From 1, bad, to 5, good")
    reason: Text | None = Field(None, description="The reason that was chosen, of those offered")
    text: Text | None = Field(None, description="What was written in free words")
    about: About | None = Field(None, description="The touchpoint that was rated")


class ServicePlanned(Touchpoint):
    """A delivery of a service was planned, such as a collection. Sent by whoever delivers."""

    item: Item
    kind: Kind
    planned_from: AwareDatetime = Field(description="The earliest time that was announced")
    planned_to: AwareDatetime = Field(description="The latest time that was announced")


class ServiceDelivered(Touchpoint):
    """A planned delivery took place. Sent by whoever delivers."""

    item: Item
    kind: Kind
    at: AwareDatetime = Field(description="When it took place")


class ServiceRecovered(Touchpoint):
    """A delivery that had been missed took place later. Sent by whoever delivers."""

    item: Item
    kind: Kind
    at: AwareDatetime = Field(description="When it took place at last")


class ServiceMissed(Touchpoint):
    """A planned delivery did not take place. Sent by whoever delivers."""

    item: Item
    kind: Kind
    cause: Text | None = Field(None, description="Why, as the citizen may read it")


class UsageRecorded(Touchpoint):
    """The citizen used a metered service. Sent by the meters or gates."""

    kind: Name = Field(description="What is metered")
    quantity: Quantity = Field(description="How much was used")
    unit: Name = Field(description="In which unit, such as `m3`, `kWh` or `rides`")


class IncidentReported(Touchpoint):
    """The citizen reported an incident. Sent by the system that takes reports."""

    incident: Name = Field(description="The report's number at the agency")
    kind: Name = Field(description="What kind of incident, by a code of the agency's")
    text: Text | None = Field(None, description="The report; leave it out unless it is needed")


class LoginMade(Touchpoint):
    """The citizen logged in. Sent by the site or app."""

    provider: Name = Field(description="With what, such as `spid`, `cie` or `eidas`")
    level: Annotated[int, Field(ge=1, le=3)] = Field(description="How strong the login was")


class BirthRegistered(Touchpoint):
    """A child was born to the citizen. Sent by the civil registry."""

    born_on: date = Field(description="The day of the birth")
    order: Annotated[int, Field(ge=1, le=99)] | None = Field(
        None, description="Which child it is: 1 is the first"
    )


class ResidenceChanged(Touchpoint):
    """The citizen moved. Sent by the population register."""

    to_area: Name = Field(description="The area moved to, by a code that names no address")
    from_area: Name | None = Field(None, description="The area left, by such a code")
    moved_on: date = Field(description="The first day at the new place")


class MarriageRegistered(Touchpoint):
    """The citizen married. Sent by the civil registry."""

    on: date = Field(description="The day of the marriage")


class DeathRegistered(Touchpoint):
    """A relative of the citizen died, or the citizen. Sent by the civil registry."""

    on: date = Field(description="The day of the death")


class EmploymentEnded(Touchpoint):
    """The citizen lost or left a job. Sent by the employment office."""

    on: date = Field(description="The last day of the job")


class BenefitGranted(Touchpoint):
    """A benefit was granted. Sent by whoever grants it."""

    benefit: Name = Field(description="The benefit, by its code")
    until: date | None = Field(None, description="The last day of the benefit")


class TouchpointRecorded(Touchpoint):
    """Something that the catalogue does not name yet. Sent by any system, and by imports."""

    name: Name = Field(description="What happened, by the agency's word for it, always the same")
    details: Details | None = Field(
        None, description="What else there is to say, at most 4 KiB as JSON"
    )


class TouchpointWithdrawn(Touchpoint):
    """An earlier touchpoint of the same source and citizen was wrong: it is hidden everywhere. Sent by who sent it."""

    about: About = Field(description="The touchpoint that was wrong")
    reason: Text = Field(description="Why it was wrong")
