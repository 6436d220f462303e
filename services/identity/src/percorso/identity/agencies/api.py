"""Routes for agencies: register one, list them; for operations."""

from contextlib import suppress
from datetime import datetime
from typing import Annotated

from asyncpg import Pool
from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis import logs
from percorso.chassis.auth import Role, Tokens, operator
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, Problem, Unauthorized, responses
from percorso.events.errors import Unavailable
from percorso.identity.agencies import store
from percorso.identity.agencies.registrations import (
    CODE_PATTERN,
    SOURCE_PATTERN,
    Agency,
    Registration,
    SourceTaken,
)
from percorso.identity.agencies.registry import Registry

MAX_SOURCES = 100  # a request; an agency may have more
_log = logs.get(__name__)

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN, max_length=32)]
Source = Annotated[str, StringConstraints(pattern=SOURCE_PATTERN, max_length=256)]


class TakenSource(Problem):
    """Two agencies would own the same event."""

    status = 409
    slug = "source-taken"
    title = "A source begins with, or is the beginning of, another agency's"


class RegistrationBody(BaseModel):
    """An agency to register, or sources to add to one that is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Code = Field(description="Code in the Italian index of public administrations")
    sources: list[Source] = Field(
        min_length=1, max_length=MAX_SOURCES, description="Beginnings of the sources that it owns"
    )
    links: bool = Field(
        default=False, description="Whether it may assert links; never taken away here"
    )


class AgencyView(BaseModel):
    """A registered agency."""

    code: str
    sources: list[str]
    links: bool
    created_at: datetime


class AgencyPage(BaseModel):
    """Agencies in the order of their codes, and the cursor of the next page."""

    items: list[AgencyView]
    next_cursor: str | None


def router(pool: Pool, tokens: Tokens, registry: Registry) -> APIRouter:
    """Return the routes; `registry` learns of a new agency before the answer is sent."""
    routes = APIRouter(
        prefix="/v1/agencies",
        tags=["agencies"],
        dependencies=[Depends(operator(tokens, Role.OPERATIONS))],
        responses=responses(Unauthorized, Forbidden),
    )

    @routes.post(
        "",
        summary="Register an agency, or add to one",
        status_code=201,
        responses={200: {"model": AgencyView}, **responses(TakenSource)},
    )
    async def register_agency(body: RegistrationBody, response: Response) -> AgencyView:
        """For operations: sources are added to those the agency has; the same again changes nothing."""
        asked = Registration(body.code, body.sources, body.links)
        try:
            async with transaction(pool) as connection:
                agency, is_new = await store.register(connection, asked)
        except SourceTaken:
            raise TakenSource from None
        with suppress(Unavailable):  # it is registered; the next refresh brings it
            await registry.refresh()
        _log.info("an agency was registered", agency=agency.code, is_new=is_new)
        response.status_code = 201 if is_new else 200
        return _view(agency)

    @routes.get("", summary="List agencies")
    async def list_agencies(
        limit: Annotated[int, Query(ge=1, le=200, description="Items of a page at the most")] = 50,
        cursor: Annotated[
            str | None, Query(pattern=CODE_PATTERN, max_length=32, description="From `next_cursor`")
        ] = None,
    ) -> AgencyPage:
        """For operations: agencies with their sources, in the order of their codes."""
        async with transaction(pool, readonly=True) as connection:
            found = await store.page(connection, after=cursor or "", limit=limit + 1)
        has_more = len(found) > limit
        items = [_view(agency) for agency in found[:limit]]
        return AgencyPage(items=items, next_cursor=items[-1].code if has_more else None)

    return routes


def _view(agency: Agency) -> AgencyView:
    return AgencyView(
        code=agency.code,
        sources=list(agency.sources),
        links=agency.links,
        created_at=agency.created_at,
    )
