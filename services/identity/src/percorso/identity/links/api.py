"""Routes for links: assert one, undo it."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from asyncpg import Connection, Pool
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis import logs
from percorso.chassis.auth import (
    Agency,
    Caller,
    Citizen,
    Operator,
    Service,
    Tokens,
    caller,
    citizen,
)
from percorso.chassis.callers import Role
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import (
    Forbidden,
    InvalidRequest,
    NotFound,
    Problem,
    Unauthorized,
    responses,
)
from percorso.citizens import store as citizens
from percorso.citizens.sets import Subject
from percorso.identity.links import store
from percorso.identity.links.assertions import (
    LOGIN_SERVICE,
    Asserter,
    Assertion,
    MayLink,
    Proof,
    TooMany,
    TwoPeople,
    of_person,
    ordered,
)
from percorso.identity.subjects.body import IdentifierBody
from percorso.identity.subjects.identifiers import InvalidIdentifier, NameSubject

MOST = 200  # fifty subjects, of which several may say the same
_log = logs.get(__name__)


class JoinsTwoPeople(Problem):
    """The link would make two people one."""

    status = 409
    slug = "two-people"
    title = "The link would make two people one"


class TooManySubjects(Problem):
    """The citizen would have more than 50 subjects."""

    status = 409
    slug = "too-many-subjects"
    title = "A citizen has at most 50 linked subjects"


class Body(BaseModel):
    """A part of a request: no unknown members."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProofBody(Body):
    """On what the link rests."""

    kind: Proof
    reference: str = Field(
        min_length=1, max_length=256, pattern=r"^[^\x00]+$", description="The asserter's own file"
    )


class LinkBody(Body):
    """Two identifiers of one citizen."""

    subjects: Annotated[list[IdentifierBody], Field(min_length=2, max_length=2)]
    proof: ProofBody


class LinkView(BaseModel):
    """The link, by which it can be undone."""

    link_id: UUID


class OwnLinkView(BaseModel):
    """A link that lives, as the citizen whom it is about sees it."""

    link_id: UUID
    proof: Proof = Field(description="On what it rests")
    agency: str | None = Field(description="Whose agency or operator says so; null: a login")
    asserted_at: datetime


class OwnLinksView(BaseModel):
    """The links that join a citizen's subjects, the newest first."""

    items: list[OwnLinkView]


class Links:
    """Asserts and undoes links for whoever may."""

    def __init__(
        self, pool: Pool, name_subject: NameSubject, may_link: MayLink, wake: Callable[[], None]
    ) -> None:
        self._pool = pool
        self._name_subject = name_subject
        self._may_link = may_link
        self._wake = wake

    async def add(self, by: Caller, body: LinkBody) -> UUID:
        """Link what the body names; the relay publishes it at once."""
        asserter = await self._asserter(by)
        if body.proof.kind is not asserter.proof:
            raise Forbidden(detail=f"this caller's links rest on {asserter.proof}")
        own = _agency_of(by)
        one, other = (self._subject(own, body, index) for index in (0, 1))
        if one.id == other.id:
            raise InvalidRequest(errors=[{"pointer": "/subjects", "title": "Should be two"}])
        asked = Assertion(*ordered(one, other), asserter, body.proof.reference)
        async with transaction(self._pool) as connection:
            link_id = await _added(connection, asked)
        self._wake()
        _log.info("a link was asserted", link=str(link_id), proof=asserter.proof.value)
        return link_id

    async def remove(self, by: Caller, link_id: UUID) -> None:
        """Undo a link that the caller asserted or is about; NotFound for all others."""
        async with transaction(self._pool) as connection:
            kept = await store.find(connection, link_id)
            if kept is None or not await self._may_undo(connection, by, kept):
                raise NotFound
            await store.remove(connection, kept, _name(by))
        self._wake()
        _log.info("a link was undone", link=str(link_id))

    async def of(self, by: Citizen) -> list[OwnLinkView]:
        """Return the live links of a citizen; who at an agency said so is not told."""
        async with transaction(self._pool, readonly=True) as connection:
            members = await citizens.members(connection, by.subject)
            found = await store.of(connection, members, MOST)
        return [
            OwnLinkView(
                link_id=link_id,
                proof=asserter.proof,
                agency=_agency_named(asserter.name),
                asserted_at=at,
            )
            for link_id, asserter, at in found
        ]

    async def _asserter(self, by: Caller) -> Asserter:
        """Return who asserts. A citizen does not: saying so is no proof that a mailbox is theirs."""
        if isinstance(by, Service) and by.name == LOGIN_SERVICE:
            return Asserter(_name(by), Proof.LOGIN)
        agency = _agency_of(by)
        if agency is None or not await self._may_link(agency):
            raise Forbidden
        return Asserter(_name(by), Proof.AGENCY if isinstance(by, Agency) else Proof.OPERATOR)

    async def _may_undo(self, connection: Connection, by: Caller, kept: store.KeptLink) -> bool:
        if not isinstance(by, Citizen):
            return kept.asserter == _name(by)
        own = set(await citizens.members(connection, by.subject))
        return not own.isdisjoint(end.subject for end in kept.state.ends)

    def _subject(self, agency: str | None, body: LinkBody, index: int) -> Subject:
        given = body.subjects[index]
        try:
            subject = self._name_subject(agency, given.scheme, given.value)
        except InvalidIdentifier as fault:
            pointer = f"/subjects/{index}{fault.pointer}"
            raise InvalidRequest(errors=[{"pointer": pointer, "title": fault.title}]) from None
        return Subject(subject, of_person(given.scheme))


def router(tokens: Tokens, links: Links) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/links", tags=["links"], responses=responses(Unauthorized, Forbidden)
    )

    @routes.post(
        "",
        summary="Assert that two identifiers are one citizen's",
        status_code=201,
        responses=responses(JoinsTwoPeople, TooManySubjects, InvalidRequest),
    )
    async def assert_link(
        by: Annotated[Caller, Depends(caller(tokens))], body: LinkBody
    ) -> LinkView:
        """For agencies that may link, and for the login; the same assertion again is the same link."""
        return LinkView(link_id=await links.add(by, body))

    @routes.get("/me", summary="See what is linked with me")
    async def read_own_links(
        by: Annotated[Citizen, Depends(citizen(tokens))], response: Response
    ) -> OwnLinksView:
        """For citizens: what makes several subjects one citizen, each link of which they may undo."""
        response.headers["Cache-Control"] = "no-store"
        return OwnLinksView(items=await links.of(by))

    @routes.delete(
        "/{link_id}",
        summary="Undo a link exactly",
        status_code=204,
        responses=responses(NotFound),
    )
    async def undo_link(
        by: Annotated[Caller, Depends(caller(tokens))],
        link_id: Annotated[UUID, Path(description="From the answer to the assertion")],
    ) -> None:
        """For whoever asserted it, and for the citizen; timelines are as if it had never been."""
        await links.remove(by, link_id)

    return routes


async def _added(connection: Connection, asked: Assertion) -> UUID:
    try:
        return await store.add(connection, asked)
    except TwoPeople:
        raise JoinsTwoPeople from None
    except TooMany:
        raise TooManySubjects from None


def _agency_of(by: Caller) -> str | None:
    """Return for which agency a caller speaks of citizens, None if for none."""
    match by:
        case Agency():
            return by.code
        case Operator(role=Role.DESK | Role.OWNER):
            return by.agency
    return None


def _agency_named(asserter: str) -> str | None:
    """Return the agency in an asserter's name, None where it is none of an agency."""
    kind, _, rest = asserter.partition(":")
    return rest.partition("/")[0] if kind in {"agency", "operator"} else None


def _name(by: Caller) -> str:
    """Return who did it, as identity keeps it."""
    match by:
        case Agency():
            return f"agency:{by.code}"
        case Operator():
            return f"operator:{by.agency}/{by.subject}"
        case Service():
            return f"service:{by.name}"
        case Citizen():
            return f"citizen:{by.subject}"
