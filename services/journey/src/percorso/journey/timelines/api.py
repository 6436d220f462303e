"""Routes that read timelines."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from asyncpg import Pool
from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis.auth import Caller, Citizen, Operator, Tokens, caller, citizen
from percorso.chassis.consumption import offsets
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, Problem, responses
from percorso.citizens import store as citizens
from percorso.events.topics import IDENTITY, NOTIFICATIONS, SUGGESTIONS, TOUCHPOINTS
from percorso.journey.timelines import cursor, merging, store, views
from percorso.journey.timelines.merging import MergedPlace

MAX_PAGE = 200
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

    def wanted(self) -> store.Selection:
        """Return which touchpoints are wanted, of all times where none is given."""
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
        )

    def scope(self, subject: UUID) -> bytes:
        """Return what a cursor is bound to: everything but the page's size and place."""
        filters = self.model_dump(mode="json", exclude={"limit", "cursor"})
        return subject.bytes + msgspec.json.encode(filters, order="sorted")


def router(pool: Pool, tokens: Tokens, cursor_key: bytes) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix="/v1/timelines", tags=["timelines"])

    @routes.get(
        "/me",
        summary="Read my timeline",
        response_model=views.PageView,
        responses=responses(CursorRefused),
    )
    async def read_own_timeline(
        reader: Annotated[Citizen, Depends(citizen(tokens))],
        query: Annotated[PageQuery, Query()],
    ) -> Response:
        """For citizens: a page over all their linked subjects, in the order of occurrence."""
        return await _page(pool, cursor_key, reader.subject, query)

    @routes.get(
        "/{subject}",
        summary="Read a citizen's timeline as an operator (refused until reads are logged)",
        response_model=views.PageView,
        responses=responses(Forbidden, CursorRefused),
    )
    async def read_timeline(
        subject: Pseudonym,  # noqa: ARG001 - the route of the contract; nobody may use it yet
        reader: Annotated[Caller, Depends(caller(tokens))],
        query: Annotated[PageQuery, Query()],  # noqa: ARG001
    ) -> Response:
        """For operators; answers 403 to everybody until the citizen can see who looked."""
        if isinstance(reader, Operator):
            raise Forbidden(detail="operators' reads open when citizens can see them")
        raise Forbidden

    return routes


async def _page(pool: Pool, key: bytes, subject: UUID, query: PageQuery) -> Response:
    scope = query.scope(subject)
    after = _place(key, scope, query.cursor)
    async with transaction(pool) as connection:
        items = await merging.page(
            connection,
            await citizens.members(connection, subject),
            wanted=query.wanted(),
            order=query.order,
            after=after,
            limit=query.limit + 1,
        )
        standing = await offsets.standing(connection, CONSUMED, datetime.now(UTC))
    shown, more = items[: query.limit], len(items) > query.limit
    return Response(
        views.render(
            [item.row for item in shown],
            next_cursor=cursor.encode(key, scope, shown[-1].at) if more else None,
            freshness_ms=standing.freshness_ms,
        ),
        media_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def _place(key: bytes, scope: bytes, given: str | None) -> MergedPlace | None:
    if given is None:
        return None
    try:
        return MergedPlace(*cursor.decode(key, scope, given))
    except cursor.InvalidCursor:
        raise CursorRefused from None


def _utc(instant: datetime | None) -> datetime | None:
    return instant.astimezone(UTC) if instant else None
