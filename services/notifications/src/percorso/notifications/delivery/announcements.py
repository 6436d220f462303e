"""What notifications says of a message into timelines: sent, delivered, failed, read; pure."""

from datetime import datetime
from uuid import UUID

from percorso.events.envelope import CloudEvent
from percorso.events.types.members import Touchpoint
from percorso.events.types.own import (
    CHANNEL_OF,
    NotificationDelivered,
    NotificationFailed,
    NotificationRead,
    NotificationSent,
    SuggestionMade,
)
from percorso.notifications.delivery.states import State, Step

SOURCE = "urn:percorso:notifications"
AGENCY = "percorso"
_SAID: dict[State, tuple[str, type[Touchpoint]]] = {
    State.SENT: ("sent", NotificationSent),
    State.DELIVERED: ("delivered", NotificationDelivered),
    State.READ: ("read", NotificationRead),
    State.FAILED: ("failed", NotificationFailed),
    State.UNKNOWN: ("failed", NotificationFailed),
    State.EXPIRED: ("failed", NotificationFailed),
}


def announcement(
    subject: UUID,
    message_id: UUID,
    suggestion: str,
    *,
    step: Step,
    at: datetime,
    traceparent: str | None,
) -> CloudEvent | None:
    """Return what is said when a message takes a step; None where nobody needs to know.

    Its id is made of the message and the word, so that it is one event however often it is said.
    """
    if step.to not in _SAID:
        return None
    verb, model = _SAID[step.to]
    made = SuggestionMade.model_validate_json(suggestion)
    said = {
        "channel": CHANNEL_OF["inbox" if step.to is State.READ else made.via],
        "service": made.service,
        "matter": made.matter,
        "life_event": made.life_event,
        "message": str(message_id),
        "suggestion": made.suggestion,
        "via": made.via,
        "reason": step.reason,
    }
    touchpoint = model.model_validate({name: each for name, each in said.items() if each})
    return CloudEvent(
        subject=subject,
        id=f"{message_id}/{verb}",
        source=SOURCE,
        type=f"eu.percorso.notification.{verb}.v1",
        time=at,
        received_at=at,
        agency=AGENCY,
        touchpoint=touchpoint.model_dump_json(exclude_none=True).encode(),
        traceparent=traceparent,
    )
