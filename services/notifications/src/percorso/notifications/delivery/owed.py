"""What a suggestion makes owed to a citizen: one message, named by the suggestion; pure."""

import re
from collections.abc import Mapping, Sequence, Set
from datetime import datetime
from typing import NamedTuple
from uuid import UUID, uuid5

from pydantic import ValidationError

from percorso.events.envelope import CloudEvent
from percorso.events.errors import Reason, Unprocessable
from percorso.events.types.own import SuggestionDismissed, SuggestionFollowed, SuggestionMade

MADE = "eu.percorso.suggestion.made.v1"
# The citizen has gone on by themselves, or does not want it: what was not sent yet never is.
ENDED: Mapping[str, type[SuggestionFollowed | SuggestionDismissed]] = {
    "eu.percorso.suggestion.followed.v1": SuggestionFollowed,
    "eu.percorso.suggestion.dismissed.v1": SuggestionDismissed,
}
_NAMESPACE = UUID("6e1c2a34-9d1b-5c0e-8f3a-2b7d9f3c1a00")
_LINK = re.compile(r"https://[!-~]+")  # an address on one line, of characters that show


class Owed(NamedTuple):
    """One message that is owed, in the order of the statement that stores it."""

    subject: UUID
    message_id: UUID
    purpose: str
    via: str
    received_at: datetime
    send_from: datetime
    expires_at: datetime
    traceparent: str | None
    suggestion: str  # the event's payload as insights wrote it
    told_of: Sequence[UUID]


def owed(event: CloudEvent, purposes: Set[str], traceparent: str | None) -> Owed:
    """Read a suggestion; Unprocessable where it is none, or of a purpose for which nothing is written."""
    try:
        made = SuggestionMade.model_validate_json(event.touchpoint)
    except ValidationError:
        raise Unprocessable(Reason.INVALID_TOUCHPOINT) from None
    if made.purpose not in purposes or not (made.link is None or _LINK.fullmatch(made.link)):
        raise Unprocessable(Reason.INVALID_TOUCHPOINT)
    return Owed(
        event.subject,
        message_id(made.suggestion),
        made.purpose,
        made.via,
        event.received_at,
        made.send_from,
        made.expires_at,
        traceparent,
        event.touchpoint.decode(),
        made.told_of,
    )


def ended(event: CloudEvent) -> UUID:
    """Return which message a reaction makes needless; Unprocessable where it is no reaction."""
    try:
        reaction = ENDED[event.type].model_validate_json(event.touchpoint)
    except ValidationError:
        raise Unprocessable(Reason.INVALID_TOUCHPOINT) from None
    return message_id(reaction.suggestion)


def message_id(suggestion: str) -> UUID:
    """Return the one message that a suggestion can have."""
    return uuid5(_NAMESPACE, suggestion)
