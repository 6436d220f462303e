"""The log of who was given something of a citizen's, as identity gives it."""

from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from percorso.portal.apis.calls import Apis

PATH = "/v1/access-log/me"


class Entry(BaseModel):
    """Somebody was given something, for a purpose, in a matter."""

    id: UUID
    at: AwareDatetime
    who: str
    role: str | None = None
    action: str
    purpose: str
    reference: str

    @property
    def kind(self) -> str:
        """Return what the one who looked is: a `service`, or by an operator an `agency`."""
        return self.who.partition(":")[0]

    @property
    def name(self) -> str:
        """Return which one."""
        return self.who.partition(":")[2]


class Log(BaseModel):
    """Entries, newest first."""

    items: list[Entry]
    next_cursor: str | None


async def mine(apis: Apis, authorization: str, cursor: str | None) -> Log:
    """Return a page of who was given something of the visitor's."""
    query = None if cursor is None else {"cursor": cursor}
    return await apis.read(Log, "identity", PATH, authorization, query)
