"""Messages, as notifications gives them."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from percorso.portal.apis.calls import Apis

PATH = "/v1/messages"
PAGE = 50


class Message(BaseModel):
    """One message that reached the citizen, or may have."""

    id: UUID
    via: str
    state: str
    at: AwareDatetime
    read_at: AwareDatetime | None
    purpose: str
    title: str
    reasons: list[str]
    link: str | None
    expires_at: AwareDatetime

    @property
    def is_unread(self) -> bool:
        """Whether it lies here, and nobody has opened it."""
        return self.via == "inbox" and self.read_at is None and self.state != "failed"


class Messages(BaseModel):
    """Messages, newest first."""

    items: list[Message]
    next_cursor: str | None


async def mine(
    apis: Apis, authorization: str, cursor: str | None = None, limit: int = PAGE
) -> Messages:
    """Return a page of the visitor's messages."""
    query: dict[str, str | int] = {"limit": limit}
    if cursor is not None:
        query["cursor"] = cursor
    return await apis.read(Messages, "notifications", f"{PATH}/me", authorization, query)


async def note_read(apis: Apis, authorization: str, message: UUID) -> None:
    """Say that the visitor has read one."""
    await apis.send("notifications", "POST", f"{PATH}/{message}/read", authorization)
