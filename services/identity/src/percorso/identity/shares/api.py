"""Routes by which an agency lets another one see what it reports of a service."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from asyncpg import Pool
from fastapi import APIRouter, Depends, Path
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis import logs
from percorso.chassis.auth import Operator, Role, Tokens, operator
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, InvalidRequest, NotFound, Unauthorized, responses
from percorso.citizens.accesses.shares import ShareState
from percorso.identity.agencies.registrations import CODE_PATTERN, Agency
from percorso.identity.shares import store

MOST = 1_000  # of one answer; no agency shares each service with each other one
_log = logs.get(__name__)

# Returns an agency's registration, None if it has none.
FindAgency = Callable[[str], Awaitable[Agency | None]]
Service = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00/]*$"),
    Path(description="A service, by the code that the agency's touchpoints name"),
]
Reader = Annotated[
    str,
    StringConstraints(pattern=CODE_PATTERN, max_length=32),
    Path(description="The agency that may see them, by its code"),
]


class ShareBody(BaseModel):
    """Whether it is shared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shared: bool = Field(description="True from now on, of old touchpoints too; false no more")


class ShareView(BaseModel):
    """An agency's operators may see what another one reports of one service."""

    service: str
    agency: str = Field(description="The agency that may see it")
    shared: bool


class SharesView(BaseModel):
    """What an agency shares, by service."""

    items: list[ShareView]
    next_cursor: None = None


class Shares:
    """Keeps what agencies decided to share."""

    def __init__(
        self, pool: Pool, find: FindAgency, *, committed: Callable[[], None], clock: Clock
    ) -> None:
        self._pool = pool
        self._find = find
        self._committed = committed
        self._clock = clock

    async def decide(self, by: Operator, service: str, reader: str, *, is_shared: bool) -> None:
        """Share, or share no more; NotFound where nobody is registered by that code."""
        if reader == by.agency:
            error = {"pointer": "/agency", "title": "Should be another agency"}
            raise InvalidRequest(errors=[error])
        if await self._find(reader) is None:
            raise NotFound
        wanted = ShareState(by.agency, service, reader, 0, is_shared)
        async with transaction(self._pool) as connection:
            has_changed = await store.decide(connection, wanted, self._clock.now())
        self._committed()
        if has_changed:
            _log.info("a share was decided", agency=by.agency, reader=reader, is_shared=is_shared)

    async def given(self, by: Operator) -> SharesView:
        """Return what the operator's agency shares."""
        async with transaction(self._pool, readonly=True) as connection:
            found = await store.given(connection, by.agency, MOST)
        return SharesView(
            items=[
                ShareView(service=service, agency=reader, shared=True) for service, reader in found
            ]
        )


def router(tokens: Tokens, shares: Shares) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/shares", tags=["shares"], responses=responses(Unauthorized, Forbidden)
    )
    owner = Annotated[Operator, Depends(operator(tokens, Role.OWNER))]

    @routes.get("", summary="List what my agency shares")
    async def list_shares(by: owner) -> SharesView:
        """For owners: which agency's operators may see which of our services' touchpoints."""
        return await shares.given(by)

    @routes.put(
        "/{service}/{agency}",
        summary="Let another agency see a service of mine, or no more",
        responses=responses(NotFound, InvalidRequest),
    )
    async def decide_share(
        service: Service, agency: Reader, body: ShareBody, by: owner
    ) -> ShareView:
        """For owners: of their own agency's touchpoints; the same again changes nothing."""
        await shares.decide(by, service, agency, is_shared=body.shared)
        return ShareView(service=service, agency=agency, shared=body.shared)

    return routes
