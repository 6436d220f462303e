"""The route that finds a subject: closed until citizens can see who looked."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from percorso.chassis.auth import Operator, Tokens, operator
from percorso.chassis.problems import Forbidden, Unauthorized, responses
from percorso.identity.subjects.body import IdentifierBody


class SubjectView(BaseModel):
    """The pseudonym of an identifier."""

    subject: UUID


def router(tokens: Tokens) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/lookups", tags=["lookups"])

    @routes.post(
        "",
        summary="Find a citizen's subject (refused until reads are logged)",
        responses=responses(Unauthorized, Forbidden),
    )
    async def look_up_subject(
        reader: Annotated[Operator, Depends(operator(tokens))],  # noqa: ARG001 - nobody may yet
        body: IdentifierBody,  # noqa: ARG001
    ) -> SubjectView:
        """For operators; answers 403 to everybody until the citizen can see who looked."""
        raise Forbidden(detail="operators' reads open when citizens can see them")

    return routes
