"""Routes for dead letters: list, show, redrive, discard; for operations, without citizens' data."""

from collections.abc import Mapping
from typing import Annotated, Any

import structlog
from asyncpg import Pool
from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel

from percorso.chassis.auth import Role, Tokens, operator
from percorso.chassis.consumption import dead_letters
from percorso.chassis.consumption.applying import Consumption, redrive
from percorso.chassis.consumption.dead_letters import Letter, UnknownLetter
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Problem, responses
from percorso.events.errors import Reason

_log = structlog.get_logger(__name__)

LetterId = Annotated[int, Path(ge=1, le=dead_letters.NEWEST, description="The letter's number")]


class NotApplied(Problem):
    """The letter failed again."""

    status = 409
    slug = "not-applied"
    title = "The dead letter still cannot be applied"


class LetterPage(BaseModel):
    """Letters, newest first, and the cursor of the next page."""

    items: list[Letter]
    next_cursor: str | None


def router(pool: Pool, tokens: Tokens, consumptions: Mapping[str, Consumption[Any]]) -> APIRouter:
    """Return the routes; `consumptions` say, by topic, how a redriven letter is applied."""
    routes = APIRouter(
        prefix="/v1/dead-letters",
        tags=["dead-letters"],
        dependencies=[Depends(operator(tokens, Role.OPERATIONS))],
    )

    @routes.get("", summary="List dead letters")
    async def list_dead_letters(
        reason: Annotated[Reason | None, Query(description="Only letters with this reason")] = None,
        limit: Annotated[int, Query(ge=1, le=200, description="Items of a page at the most")] = 50,
        cursor: Annotated[
            int | None, Query(ge=1, le=dead_letters.NEWEST, description="From `next_cursor`")
        ] = None,
    ) -> LetterPage:
        """For operations: what could not be applied, newest first, without citizens' data."""
        async with transaction(pool) as connection:
            letters = await dead_letters.page(
                connection, before=cursor or dead_letters.NEWEST, reason=reason, limit=limit
            )
        more = str(letters[-1].id) if len(letters) == limit else None
        return LetterPage(items=letters, next_cursor=more)

    @routes.get("/{id}", summary="Show one dead letter", responses=responses(UnknownLetter))
    async def show_dead_letter(id: LetterId) -> Letter:  # noqa: A002 - the path's word
        """For operations: one letter, without citizens' data."""
        async with transaction(pool) as connection:
            return await dead_letters.show(connection, id)

    @routes.post(
        "/{id}/redrive",
        summary="Apply one dead letter now",
        status_code=204,
        responses=responses(UnknownLetter, NotApplied),
    )
    async def redrive_dead_letter(id: LetterId) -> None:  # noqa: A002
        """For operations: the letter is gone when it is applied, else it stays with its reason."""
        _check_applied(await redrive(pool, id, consumptions))
        _log.info("a dead letter was redriven", letter=id)

    @routes.delete(
        "/{id}",
        summary="Discard one dead letter for ever",
        status_code=204,
        responses=responses(UnknownLetter),
    )
    async def discard_dead_letter(id: LetterId) -> None:  # noqa: A002
        """For operations: what the record held is lost."""
        async with transaction(pool) as connection:
            reason = await dead_letters.remove(connection, id)
        _log.warning("a dead letter was discarded", letter=id, reason=reason.value)

    return routes


def _check_applied(reason: Reason | None) -> None:
    if reason is not None:
        raise NotApplied(detail=f"reason: {reason.value}")
