"""Routes that read timelines."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from asyncpg import Connection, Pool
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis.auth import Citizen, Operator, Tokens, citizen, reader
from percorso.chassis.clock import Clock
from percorso.chassis.consumption import offsets
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, Problem, responses
from percorso.citizens import store as citizens
from percorso.citizens.accesses import store as accesses
from percorso.citizens.accesses.reads import Read
from percorso.events.topics import IDENTITY, NOTIFICATIONS, SUGGESTIONS, TOUCHPOINTS
from percorso.journey.timelines import cursor, merging, store, views
from percorso.journey.timelines.merging import Item, MergedPlace

MAX_PAGE = 200
SOURCE = "urn:percorso:journey"
RECORDED = (TOUCHPOINTS, SUGGESTIONS, NOTIFICATIONS)  # whose events a timeline shows
CONSUMED = tuple(topic.name for topic in (*RECORDED, IDENTITY))  # what it is made of

Fact = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00]*$")]
EXACTLY = "Only touchpoints with exactly this"
Pseudonym = Annotated[UUID, Path(description="The citizen's pseudonym")]


class CursorRefused(Problem):
    """A cursor that is not ours, or not for this timeline and these filters."""

    status = 422
    slug = "invalid-cursor"
    title = "The cursor was not given for this timeline, order and these filters"


class PageQuery(BaseModel):
    """Which part of a timeline is wanted, in which order."""

    model_config = ConfigDict(extra="forbid")

    limit: int = Field(50, ge=1, le=MAX_PAGE, description="Items of a page at the most")
    cursor: Annotated[str, StringConstraints(max_length=256)] | None = Field(
        None, description="`next_cursor` of the page before, with the same order and filters"
    )
    from_: AwareDatetime | None = Field(
        None, alias="from", description="Only what occurred at or after this instant"
    )
    to: AwareDatetime | None = Field(None, description="Only what occurred before this instant")
    service: Fact | None = Field(None, description=EXACTLY)
    channel: Fact | None = Field(None, description=EXACTLY)
    type: Fact | None = Field(None, description=EXACTLY)
    agency: Fact | None = Field(None, description=EXACTLY)
    matter: Fact | None = Field(None, description=EXACTLY)
    known_at: AwareDatetime | None = Field(
        None, description="Only what had been received by this instant, over today's links"
    )
    order: Literal["asc", "desc"] = Field("desc", description="`desc`: newest first")

    def wanted(self, reader: str | None = None) -> store.Selection:
        """Return which touchpoints are wanted, of all times where none is given.

        With `reader`, of those that this agency may see.
        """
        since, until = _utc(self.from_) or store.BEGINNING, _utc(self.to) or store.END
        return store.Selection(
            since,
            until,
            self.service,
            self.channel,
            self.type,
            self.agency,
            self.matter,
            _utc(self.known_at),
            reader,
        )

    def scope(self, subject: UUID, reader: str = "") -> bytes:
        """Return what a cursor is bound to: everything but the page's size and place."""
        filters = self.model_dump(mode="json", exclude={"limit", "cursor"}) | {"reader": reader}
        return subject.bytes + msgspec.json.encode(filters, order="sorted")


class Timelines:
    """Reads pages of timelines: a citizen's own, and what an operator may see of one."""

    def __init__(
        self, pool: Pool, cursor_key: bytes, *, noted: Callable[[], None], clock: Clock
    ) -> None:
        self._pool = pool
        self._key = cursor_key
        self._noted = noted
        self._clock = clock

    async def own(self, by: Citizen, query: PageQuery) -> Response:
        """Return a page over all the citizen's linked subjects."""
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, by.subject)
            return await self._page(connection, members, query, query.scope(by.subject))

    async def of(self, subject: UUID, by: Operator, query: PageQuery) -> Response:
        """Return a page of what the operator's agency may see; each is an entry, committed before.

        Whatever the page holds, an entry says that it was asked for, to every linked subject.
        """
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            await accesses.note(connection, self._read(by), members)
            scope = query.scope(subject, by.agency)
            page = await self._page(connection, members, query, scope, reader=by.agency)
        self._noted()
        return page

    def _read(self, by: Operator) -> Read:
        return Read("timeline-read", by, self._clock.now(), SOURCE)

    async def _page(
        self,
        connection: Connection,
        members: Sequence[UUID],
        query: PageQuery,
        scope: bytes,
        *,
        reader: str | None = None,
    ) -> Response:
        items = await merging.page(
            connection,
            members,
            wanted=query.wanted(reader),
            order=query.order,
            after=_place(self._key, scope, query.cursor),
            limit=query.limit + 1,
        )
        standing = await offsets.standing(connection, CONSUMED, self._clock.now())
        return self._rendered(items, query.limit, scope, standing.freshness_ms)

    def _rendered(
        self, items: Sequence[Item], limit: int, scope: bytes, freshness_ms: int | None
    ) -> Response:
        shown, more = items[:limit], len(items) > limit
        return Response(
            views.render(
                [item.row for item in shown],
                next_cursor=cursor.encode(self._key, scope, shown[-1].at) if more else None,
                freshness_ms=freshness_ms,
            ),
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )


def router(tokens: Tokens, timelines: Timelines) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1/timelines", tags=["timelines"])

    @routes.get(
        "/me",
        summary="Read my timeline",
        response_model=views.PageView,
        responses=responses(CursorRefused),
    )
    async def read_own_timeline(
        by: Annotated[Citizen, Depends(citizen(tokens))],
        query: Annotated[PageQuery, Query()],
    ) -> Response:
        """For citizens: a page over all their linked subjects, in the order of occurrence."""
        return await timelines.own(by, query)

    @routes.get(
        "/{subject}",
        summary="Read of a citizen's timeline what my agency may see; the citizen sees that I did",
        response_model=views.PageView,
        responses=responses(Forbidden, CursorRefused),
    )
    async def read_timeline(
        subject: Pseudonym,
        by: Annotated[Operator, Depends(reader(tokens))],
        query: Annotated[PageQuery, Query()],
    ) -> Response:
        """For operators at a desk and owners: touchpoints of their agency, and those shared with it.

        Each page is an entry in the citizen's access log, with the token's purpose and case.
        """
        return await timelines.of(subject, by, query)

    return routes


def _place(key: bytes, scope: bytes, given: str | None) -> MergedPlace | None:
    if given is None:
        return None
    try:
        return MergedPlace(*cursor.decode(key, scope, given))
    except cursor.InvalidCursor:
        raise CursorRefused from None


def _utc(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC) if instant else None
