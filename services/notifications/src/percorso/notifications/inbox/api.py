"""Routes for a citizen's messages: read the list, say that one was read."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated
from uuid import UUID

from asyncpg import Connection, Pool
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis.auth import Citizen, Tokens, citizen
from percorso.chassis.clock import Clock
from percorso.chassis.outbox import store as outbox
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, NotFound, Problem, Unauthorized, responses
from percorso.citizens import store as citizens
from percorso.events.kafka.codec import encode
from percorso.events.topics import NOTIFICATIONS
from percorso.events.tracing import current_traceparent
from percorso.notifications.delivery.announcements import announcement
from percorso.notifications.delivery.states import State, Step
from percorso.notifications.inbox import cursor, store
from percorso.notifications.inbox.cursor import Place
from percorso.notifications.inbox.views import MessagePage, view
from percorso.notifications.preferences.preferences import Preferences

MAX_PAGE = 200

# What these subjects of one citizen prefer.
PreferencesOf = Callable[[Connection, Sequence[UUID]], Awaitable[Preferences]]


class CursorRefused(Problem):
    """A cursor that is not ours, or not for this citizen."""

    status = 422
    slug = "invalid-message-cursor"
    title = "The cursor was not given for this inbox"


class PageQuery(BaseModel):
    """Which part of an inbox is wanted."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MAX_PAGE, description="Items of a page at the most")
    cursor: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        None, description="`next_cursor` of the page before"
    )


class Inbox:
    """Reads inboxes, and notes what was read in them."""

    def __init__(
        self, pool: Pool, clock: Clock, cursor_key: bytes, preferences: PreferencesOf
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._key = cursor_key
        self._preferences = preferences

    async def page(self, subject: UUID, query: PageQuery) -> MessagePage:
        """Return a page over all the citizen's subjects, in the language they prefer."""
        after = self._place(subject, query.cursor)
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            language = (await self._preferences(connection, members)).language
            rows = await store.page(connection, members, after, query.limit + 1)
        items = [view(row, language) for row in rows[: query.limit]]
        last = Place(items[-1].at, items[-1].id) if len(rows) > query.limit else None
        return MessagePage(
            items=items, next_cursor=last and cursor.encode(self._key, subject, last)
        )

    async def open(self, subject: UUID, message_id: UUID) -> None:
        """Note once that the citizen has read a message; NotFound where none lies in their inbox."""
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            opened = await store.open_message(connection, members, message_id, now)
            if opened is None:
                if not await store.was_read(connection, members, message_id):
                    raise NotFound
                return
            said = announcement(
                opened.subject,
                message_id,
                opened.suggestion,
                step=Step(State.READ),
                at=now,
                traceparent=current_traceparent(),
            )
            assert said is not None  # noqa: S101 - of a step that is always said
            await outbox.append(connection, NOTIFICATIONS.name, encode(said))

    def _place(self, subject: UUID, given: str | None) -> Place | None:
        try:
            return None if given is None else cursor.decode(self._key, subject, given)
        except cursor.InvalidCursor:
            raise CursorRefused from None


def router(tokens: Tokens, inbox: Inbox) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/messages", tags=["messages"], responses=responses(Unauthorized, Forbidden)
    )

    @routes.get("/me", summary="Read my messages", responses=responses(CursorRefused))
    async def read_own_messages(
        reader: Annotated[Citizen, Depends(citizen(tokens))],
        query: Annotated[PageQuery, Query()],
        response: Response,
    ) -> MessagePage:
        """For citizens: what reached them on any channel, newest first, over all linked subjects.

        What tells of somebody who is not linked with them any more is not shown; a duty is, without
        its reasons.
        """
        response.headers["Cache-Control"] = "no-store"
        return await inbox.page(reader.subject, query)

    @routes.post(
        "/{id}/read",
        summary="Say that I have read a message",
        status_code=204,
        responses=responses(NotFound),
    )
    async def mark_own_message_read(
        reader: Annotated[Citizen, Depends(citizen(tokens))],
        id: Annotated[UUID, Path(description="The message")],  # noqa: A002 - the path's word
    ) -> None:
        """For citizens, of their own messages; said again, it changes nothing."""
        await inbox.open(reader.subject, id)

    return routes
