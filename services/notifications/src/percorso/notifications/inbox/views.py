"""Messages in the form in which a citizen's front end gets them; pure."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from percorso.events.types.own import SuggestionMade
from percorso.notifications.preferences.preferences import Language


class MessageView(BaseModel):
    """One message that reached the citizen, or may have; `at` is when that was known."""

    id: UUID
    suggestion: str = Field(description="The suggestion it is about")
    via: Literal["email", "inbox"]
    state: Literal["sent", "delivered", "read", "unknown", "failed"] = Field(
        description="`unknown`: it may have been sent, and is not sent again"
    )
    reason: str | None = Field(description="Why it failed, else null")
    at: datetime
    read_at: datetime | None
    purpose: str
    service: str | None
    title: str
    reasons: list[str]
    link: str | None
    expires_at: datetime = Field(description="From then on its matter is past")


class MessagePage(BaseModel):
    """Messages, newest first, and the cursor of the next page."""

    items: list[MessageView]
    next_cursor: str | None


def view(row: Any, language: Language) -> MessageView:
    """Return a stored message in a language, without the reasons where they tell of others."""
    made = SuggestionMade.model_validate_json(row["suggestion"])
    reasons = made.reasons.it if language == "it" else made.reasons.en
    return MessageView(
        id=UUID(bytes=row["message_id"].bytes),
        suggestion=made.suggestion,
        via=row["via"],
        state=row["state"],
        reason=row["reason"] if row["state"] == "failed" else None,
        at=row["settled_at"],
        read_at=row["read_at"],
        purpose=made.purpose,
        service=made.service,
        title=made.title.it if language == "it" else made.title.en,
        reasons=reasons if row["tells_why"] else [],
        link=made.link,
        expires_at=made.expires_at,
    )
