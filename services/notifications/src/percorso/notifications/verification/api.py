"""The route by which anybody checks whether a message is ours."""

from datetime import datetime
from typing import Annotated

from asyncpg import Pool
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import InvalidRequest, Overloaded, responses
from percorso.events.types.own import SuggestionMade
from percorso.notifications.verification import codes, store
from percorso.notifications.verification.pace import Pace
from percorso.notifications.verification.store import Found

# Far more than citizens type in a city; of 2 to the power of 100 codes none is guessed at this pace.
PER_SECOND, AT_ONCE = 50, 100


class CodeBody(BaseModel):
    """The code of a message."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(min_length=1, max_length=codes.MAX_TYPED)] = Field(
        description="As it stands in the message; blanks, dashes and small letters do not matter"
    )


class VerificationView(BaseModel):
    """Whether the message is ours; if it is, what it was about, and nothing of its citizen."""

    genuine: bool
    sent_at: datetime | None = None
    purpose: str | None = None
    service: str | None = None
    via: str | None = None
    agency: str | None = Field(None, description="Who sent it")


def router(pool: Pool, clock: Clock) -> APIRouter:
    """Return the route; whoever holds a message may ask, without a token."""
    routes = APIRouter(prefix="/v1/verifications", tags=["verifications"])
    pace = Pace(PER_SECOND, AT_ONCE)

    @routes.post(
        "", summary="Check the code of a message", responses=responses(InvalidRequest, Overloaded)
    )
    async def verify_code(body: CodeBody, response: Response) -> VerificationView:
        """For anybody; all that is asked together is bounded, and what is too much answers 429."""
        if not pace.may_go(clock.monotonic()):
            raise Overloaded
        response.headers["Cache-Control"] = "no-store"
        digest = codes.digest(body.code)
        if digest is None:
            return VerificationView(genuine=False)
        async with transaction(pool, readonly=True) as connection:
            found = await store.find(connection, digest)
        return VerificationView(genuine=False) if found is None else _view(found)

    return routes


def _view(found: Found) -> VerificationView:
    made = SuggestionMade.model_validate_json(found.suggestion)
    return VerificationView(
        genuine=True,
        sent_at=found.sent_at,
        purpose=found.purpose,
        service=made.service,
        via=found.via,
        agency="percorso",
    )
