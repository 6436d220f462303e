"""The route by which a citizen sees who was given something of theirs."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from asyncpg import Pool
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, Field, StringConstraints

from percorso.chassis.auth import Citizen, Tokens, citizen
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Problem, Unauthorized, responses
from percorso.citizens import store as citizens
from percorso.identity.access import cursor, store
from percorso.identity.access.entries import Action, Entry

MAX_PAGE = 200


class CursorRefused(Problem):
    """A cursor that is not ours, or not for this citizen."""

    status = 422
    slug = "foreign-cursor"
    title = "The cursor was not given to this citizen"


class EntryView(BaseModel):
    """One entry: who was given what, when, for what purpose and in which matter of theirs."""

    id: UUID
    at: datetime
    who: str = Field(
        description="A service (`service:name`), or an operator's agency (`agency:code`)"
    )
    role: str | None = Field(description="Of an operator: what they do at their agency")
    action: Action
    purpose: str = Field(description="Of an operator: in their own words")
    reference: str = Field(description="The caller's own name for the reason: a message, a case")


class LogView(BaseModel):
    """Entries, the newest first, and the cursor of the next page."""

    items: list[EntryView]
    next_cursor: str | None


class AccessLog:
    """Reads the log of whoever is logged in."""

    def __init__(self, pool: Pool, cursor_key: bytes) -> None:
        self._pool = pool
        self._key = cursor_key

    async def page(self, by: Citizen, given: str | None, limit: int) -> LogView:
        """Return a page over all linked subjects; CursorRefused for another's cursor."""
        after = self._place(by, given)
        async with transaction(self._pool, readonly=True) as connection:
            members = await citizens.members(connection, by.subject)
            found = await store.page(connection, members, after=after, limit=limit + 1)
        shown, has_more = found[:limit], len(found) > limit
        last = (shown[-1].at, shown[-1].id) if has_more else None
        return LogView(
            items=[_view(entry) for entry in shown],
            next_cursor=last and cursor.encode(self._key, by.subject, last),
        )

    def _place(self, by: Citizen, given: str | None) -> cursor.Place | None:
        if given is None:
            return None
        try:
            return cursor.decode(self._key, by.subject, given)
        except cursor.InvalidCursor:
            raise CursorRefused from None


def router(tokens: Tokens, log: AccessLog) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/access-log", tags=["access log"])

    @routes.get(
        "/me",
        summary="See who was given something of mine",
        responses=responses(Unauthorized, CursorRefused),
    )
    async def read_own_access_log(
        by: Annotated[Citizen, Depends(citizen(tokens))],
        response: Response,
        limit: Annotated[
            int, Query(ge=1, le=MAX_PAGE, description="Items of a page at the most")
        ] = 50,
        cursor: Annotated[
            Annotated[str, StringConstraints(max_length=256)] | None,
            Query(description="`next_cursor` of the page before"),
        ] = None,
    ) -> LogView:
        """For citizens: each time somebody was given something of theirs, the newest first."""
        response.headers["Cache-Control"] = "no-store"
        return await log.page(by, cursor, limit)

    return routes


def _view(entry: Entry) -> EntryView:
    return EntryView(
        id=entry.id,
        at=entry.at,
        who=entry.who,
        role=entry.role,
        action=entry.action,
        purpose=entry.purpose,
        reference=entry.reference,
    )
