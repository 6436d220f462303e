"""Routes for contacts: a citizen's own addresses, and the one that lets an address out."""

from typing import Annotated, get_args
from uuid import UUID

from asyncpg import Pool
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis.auth import Citizen, Service, Tokens, citizen, service
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, InvalidRequest, Unauthorized, responses
from percorso.citizens import store as citizens
from percorso.identity.consents.purposes import AnyPurpose
from percorso.identity.contacts import store
from percorso.identity.contacts.releases import Asked, NoAddress, NoConsent, Releases, Via
from percorso.identity.contacts.store import Kind
from percorso.identity.contacts.vault import Vault
from percorso.identity.subjects.identifiers import (
    MAX_VALUE_LENGTH,
    InvalidIdentifier,
    normalise,
)

SENDING_SERVICE = "notifications"  # the only one that writes to citizens
CHANGING_LEVEL = 2  # a password alone does not lead messages elsewhere


class ContactsBody(BaseModel):
    """Where a citizen wants to be reached; null: nowhere of this kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    email: str | None = Field(max_length=MAX_VALUE_LENGTH, description="An e-mail address")
    phone: str | None = Field(
        max_length=MAX_VALUE_LENGTH, description="A phone number with its country's prefix"
    )


class ContactsView(BaseModel):
    """Where a citizen can be reached, as it was normalised."""

    email: str | None
    phone: str | None


class Contacts:
    """Keeps and shows addresses of whoever is logged in."""

    def __init__(self, pool: Pool, vault: Vault, clock: Clock) -> None:
        self._pool = pool
        self._vault = vault
        self._clock = clock

    async def read(self, by: Citizen) -> ContactsView:
        """Return the citizen's addresses."""
        async with transaction(self._pool, isolation="repeatable_read", readonly=True) as held:
            members = await citizens.members(held, by.subject)
            kept = {kind: await store.newest(held, members, kind) for kind in get_args(Kind)}
        return ContactsView(
            **{
                kind: found and self._vault.unseal(found[1], subject=found[0], kind=kind)
                for kind, found in kept.items()
            }
        )

    async def change(self, by: Citizen, body: ContactsBody) -> ContactsView:
        """Keep what the citizen says of all its addresses."""
        given = {kind: _normalised(kind, getattr(body, kind)) for kind in get_args(Kind)}
        sealed = {
            kind: None
            if address is None
            else self._vault.seal(address, subject=by.subject, kind=kind)
            for kind, address in given.items()
        }
        async with transaction(self._pool) as connection:
            members = await citizens.take_citizen(connection, by.subject)
            await store.keep(connection, by.subject, members, sealed, self._clock.now())
        return ContactsView(**given)


class ReleaseBody(BaseModel):
    """Whose address is needed, and for what."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    subject: UUID
    purpose: AnyPurpose
    channel: Via
    reference: str = Field(
        min_length=1,
        max_length=256,
        pattern=r"^[!-~]+$",
        description="The caller's own name for the reason, such as a message's id; the citizen "
        "sees it, so it says nothing of anybody",
    )


class ReleaseView(BaseModel):
    """The address; null for the inbox, which has none."""

    address: str | None


def release_router(tokens: Tokens, releases: Releases) -> APIRouter:
    """Return the route that lets an address out."""
    routes = APIRouter(prefix="/v1/contacts/release", tags=["contacts"])

    @routes.post(
        "",
        summary="Ask for a citizen's address, as the service that sends messages",
        responses=responses(Unauthorized, Forbidden, NoConsent, NoAddress, InvalidRequest),
    )
    async def release_address(
        by: Annotated[Service, Depends(service(tokens, SENDING_SERVICE))],
        body: ReleaseBody,
        response: Response,
    ) -> ReleaseView:
        """For notifications, right before it sends; consent is asked now, and the citizen sees it."""
        response.headers["Cache-Control"] = "no-store"
        asked = Asked(
            f"service:{by.name}", body.subject, body.purpose, body.channel, body.reference
        )
        return ReleaseView(address=await releases.release(asked))

    return routes


def router(tokens: Tokens, contacts: Contacts) -> APIRouter:
    """Return the routes of citizens."""
    routes = APIRouter(prefix="/v1/contacts", tags=["contacts"], responses=responses(Unauthorized))

    @routes.get("/me", summary="Read my addresses")
    async def read_own_contacts(
        by: Annotated[Citizen, Depends(citizen(tokens))], response: Response
    ) -> ContactsView:
        """For citizens: where messages go, whichever of their linked subjects said it last."""
        response.headers["Cache-Control"] = "no-store"
        return await contacts.read(by)

    @routes.put("/me", summary="Change my addresses", responses=responses(InvalidRequest))
    async def change_own_contacts(
        by: Annotated[Citizen, Depends(citizen(tokens, level=CHANGING_LEVEL))],
        body: ContactsBody,
        response: Response,
    ) -> ContactsView:
        """For citizens logged in at level 2 or 3; both members are needed, null removes an address."""
        response.headers["Cache-Control"] = "no-store"
        return await contacts.change(by, body)

    return routes


def _normalised(kind: Kind, given: str | None) -> str | None:
    """Return an address in its one form; InvalidRequest names the member, never what was sent."""
    if given is None:
        return None
    try:
        return normalise(kind, given, agency=None)
    except InvalidIdentifier as fault:
        raise InvalidRequest(errors=[{"pointer": f"/{kind}", "title": fault.title}]) from None
