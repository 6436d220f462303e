"""The route by which an operator finds a citizen's subject; the citizen sees that it was found."""

from typing import Annotated
from uuid import UUID

from asyncpg import Pool
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from percorso.chassis.auth import Operator, Tokens, reader
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, InvalidRequest, Unauthorized, responses
from percorso.events.ids import uuid7
from percorso.identity.access import store
from percorso.identity.access.entries import Access
from percorso.identity.subjects.body import IdentifierBody
from percorso.identity.subjects.identifiers import InvalidIdentifier, NameSubject


class SubjectView(BaseModel):
    """The pseudonym of an identifier."""

    subject: UUID


class Lookups:
    """Names subjects for operators, each time with the entry that says so."""

    def __init__(self, pool: Pool, name_subject: NameSubject, clock: Clock) -> None:
        self._pool = pool
        self._name_subject = name_subject
        self._clock = clock

    async def find(self, by: Operator, body: IdentifierBody) -> UUID:
        """Return the subject, whether anything is known of it or not, once its entry is committed."""
        try:
            subject = self._name_subject(by.agency, body.scheme, body.value)
        except InvalidIdentifier as fault:
            error = {"pointer": fault.pointer, "title": fault.title}
            raise InvalidRequest(errors=[error]) from None
        async with transaction(self._pool) as connection:
            await store.note(connection, _found(subject, by), self._clock.now())
        return subject


def router(tokens: Tokens, lookups: Lookups) -> APIRouter:
    """Return the route."""
    routes = APIRouter(prefix="/v1/lookups", tags=["lookups"])

    @routes.post(
        "",
        summary="Find a citizen's subject; the citizen sees that I did",
        responses=responses(Unauthorized, Forbidden, InvalidRequest),
    )
    async def look_up_subject(
        by: Annotated[Operator, Depends(reader(tokens))], body: IdentifierBody, response: Response
    ) -> SubjectView:
        """For operators at a desk and owners: the pseudonym under which services know the citizen.

        Each answer is an entry in the citizen's access log, with the token's purpose and case.
        """
        response.headers["Cache-Control"] = "no-store"
        return SubjectView(subject=await lookups.find(by, body))

    return routes


def _found(subject: UUID, by: Operator) -> Access:
    return Access(
        uuid7(), subject, f"agency:{by.agency}", "subject-found", by.purpose, by.case, by.role,
        by.subject,
    )  # fmt: skip
