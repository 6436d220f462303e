"""What Percorso itself says of citizens: suggestions, messages, who looked (contract, section 4)."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from percorso.events.types.members import Name, Strict, Text, Touchpoint
from percorso.events.vocabularies import Channel

Suggestion = Annotated[Name, Field(description="The suggestion's id, a UUID")]
Message = Annotated[Name, Field(description="The message's id, a UUID")]
Via = Annotated[
    Literal["email", "inbox"],
    Field(description="How the citizen is reached: by e-mail, or in Percorso's own inbox"),
]
# What an operator was shown of a citizen's.
Shown = Literal["timeline-read", "suggestions-read"]
CHANNEL_OF: Mapping[str, Channel] = {"email": "04.2", "inbox": "05"}  # by the vocabulary's codes
# The one purpose that rests on law and on no consent: duties are called to mind.
ByLaw = Literal["service-notices"]
DUTIES: Final[ByLaw] = "service-notices"
Texts = Annotated[list[Text], Field(min_length=1, max_length=20)]
Subjects = Annotated[list[UUID], Field(max_length=50)]  # a citizen has no more


class Words(Strict):
    """One text in two languages."""

    it: Text = Field(description="In Italian")
    en: Text = Field(description="In English")


class WordLists(Strict):
    """Some texts in two languages, in one order."""

    it: Texts = Field(description="In Italian")
    en: Texts = Field(description="In English")


class SuggestionMade(Touchpoint):
    """A service was proposed to the citizen, or a duty was called to mind. Said by insights."""

    suggestion: Suggestion
    rule: Name = Field(description="The rule that proposed it, with its version: `code@version`")
    purpose: Name = Field(description="For what purpose the citizen may be reached with it")
    via: Via
    title: Words = Field(description="What is proposed, in one line")
    reasons: WordLists = Field(description="Why, in plain sentences")
    told_of: Subjects = Field(
        default_factory=list,
        description="The subjects whose events the reasons tell of; nobody reads the reasons "
        "while one of these is not linked with them",
    )
    link: Name | None = Field(None, description="Where to go on with it, an https address")
    send_from: AwareDatetime = Field(description="Not to be sent before")
    expires_at: AwareDatetime = Field(description="Not to be sent or shown from then on")


class SuggestionShown(Touchpoint):
    """The citizen saw a suggestion. Said by insights, of the front end's report."""

    suggestion: Suggestion


class SuggestionFollowed(Touchpoint):
    """The citizen went on to the service that was suggested. Said by insights."""

    suggestion: Suggestion


class SuggestionDismissed(Touchpoint):
    """The citizen did not want a suggestion. Said by insights."""

    suggestion: Suggestion


class NotificationSent(Touchpoint):
    """A message was handed to the mail server, which took it. Said by notifications."""

    message: Message
    suggestion: Suggestion
    via: Via


class NotificationDelivered(Touchpoint):
    """A message lies where the citizen reads it. Said by notifications."""

    message: Message
    suggestion: Suggestion
    via: Via


class NotificationFailed(Touchpoint):
    """A message did not reach the citizen, or nobody knows whether it did. Said by notifications."""

    message: Message
    suggestion: Suggestion
    via: Via
    reason: Literal[
        "no-consent", "no-address", "expired", "refused", "gave-up", "unknown", "over-budget"
    ] = Field(description="Why; `unknown`: it may have been sent, and is not sent again")


class NotificationRead(Touchpoint):
    """The citizen opened a message. Said by notifications."""

    message: Message
    suggestion: Suggestion
    via: Via


class RecordAccessed(Strict):
    """An operator was shown something of the citizen's. Said by the service that showed it.

    One is said for each of the citizen's linked subjects, all with the same `entry`.
    """

    entry: Annotated[Name, Field(description="The entry's id, a UUID")]
    action: Annotated[Shown, Field(description="What the operator was shown")]
    agency: Annotated[Name, Field(description="The operator's agency, by its code")]
    role: Annotated[Name, Field(description="What the operator does there: `desk`, `owner`")]
    operator: Annotated[Name, Field(description="The operator, as their agency names them")]
    purpose: Annotated[Name, Field(description="For what, in the operator's words")]
    case: Annotated[Name, Field(description="In which matter, by the operator's number")]
