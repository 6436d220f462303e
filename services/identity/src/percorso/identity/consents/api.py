"""Routes for consents: what a citizen allows, and changing it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, get_args
from uuid import UUID

from asyncpg import Pool
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis.auth import Citizen, Tokens, citizen
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import InvalidRequest, Problem, Unauthorized, responses
from percorso.citizens.consents.facts import Channel, ConsentState, Purpose, counting
from percorso.events.types.own import DUTIES
from percorso.identity.consents import store
from percorso.identity.consents.decisions import Decision, Receipt
from percorso.identity.consents.purposes import PURPOSES, AnyPurpose, Basis, Described

DECIDING_LEVEL = 2  # a password alone changes nothing that a citizen allows


class RestsOnLaw(Problem):
    """The purpose needs no consent, so there is none to give or withdraw."""

    status = 409
    slug = "rests-on-law"
    title = "This purpose rests on law, not on consent"


class DecisionBody(BaseModel):
    """What the citizen says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    given: bool = Field(strict=True, description="Whether it is allowed from now on")


class WordsView(BaseModel):
    """One text in two languages."""

    it: str
    en: str


class ConsentView(BaseModel):
    """One purpose on one channel."""

    purpose: AnyPurpose
    channel: Channel
    basis: Basis = Field(description="`law`: cannot be changed here; `law` below says which")
    holds: bool = Field(description="Whether it is allowed now, over all linked subjects")
    version: int | None = Field(description="Of the decision that counts; none was made: null")
    decided_at: datetime | None = Field(description="When the decision that counts was made")
    decided_for: Channel | None = Field(
        description="The channel of the decision that counts: this one, or `any`"
    )
    text: WordsView
    text_version: int
    law: WordsView | None


class ConsentsView(BaseModel):
    """Every purpose on every channel."""

    items: list[ConsentView]


class ReceiptView(BaseModel):
    """The proof of a decision."""

    id: UUID
    subject: UUID
    purpose: AnyPurpose
    channel: Channel
    given: bool
    version: int = Field(description="Grows with each decision of this subject about this")
    decided_at: datetime
    text_version: int = Field(description="Of the words that were shown")


class Consents:
    """Reads and decides consents of whoever is logged in."""

    def __init__(self, pool: Pool, clock: Clock, wake: Callable[[], None]) -> None:
        self._pool = pool
        self._clock = clock
        self._wake = wake

    async def every(self, by: Citizen) -> list[ConsentView]:
        """Return every purpose on every channel, as of one instant."""
        async with transaction(self._pool, isolation="repeatable_read", readonly=True) as held:
            said = await store.every(held, by.subject)
        return list(_views(said))

    async def decide(self, decision: Decision) -> Receipt:
        """Take a decision in; the relay publishes it at once."""
        async with transaction(self._pool) as connection:
            receipt = await store.decide(
                connection,
                decision,
                text_version=PURPOSES[decision.purpose].version,
                now=self._clock.now(),
            )
        self._wake()
        return receipt


def router(tokens: Tokens, consents: Consents) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/consents/me", tags=["consents"], responses=responses(Unauthorized)
    )

    @routes.get("", summary="Read what I allow")
    async def read_own_consents(
        by: Annotated[Citizen, Depends(citizen(tokens))], response: Response
    ) -> ConsentsView:
        """For citizens: every purpose on every channel; what nobody decided is not allowed."""
        response.headers["Cache-Control"] = "no-store"
        return ConsentsView(items=await consents.every(by))

    @routes.put(
        "/{purpose}/{channel}",
        summary="Give or withdraw a consent",
        responses=responses(RestsOnLaw, InvalidRequest),
    )
    async def decide_consent(
        by: Annotated[Citizen, Depends(citizen(tokens, level=DECIDING_LEVEL))],
        purpose: Annotated[AnyPurpose, Path(description="For what")],
        channel: Annotated[
            Channel, Path(description="On which channel; `any`: all without their own")
        ],
        body: DecisionBody,
        response: Response,
    ) -> ReceiptView:
        """For citizens logged in at level 2 or 3; the same again gives the same receipt."""
        if purpose == DUTIES:
            raise RestsOnLaw
        receipt = await consents.decide(Decision(by.subject, purpose, channel, body.given))
        response.headers["Cache-Control"] = "no-store"
        return _receipt(receipt)

    return routes


def _views(said: Mapping[Purpose, Sequence[ConsentState]]) -> Iterator[ConsentView]:
    for purpose, described in PURPOSES.items():
        for channel in get_args(Channel):
            states = () if purpose == DUTIES else said[purpose]
            yield _view(purpose, described, channel, counting(states, channel))


def _view(
    purpose: AnyPurpose, described: Described, channel: Channel, last: ConsentState | None
) -> ConsentView:
    return ConsentView(
        purpose=purpose,
        channel=channel,
        basis=described.basis,
        holds=described.basis == "law" or (last is not None and last.is_given),
        version=last and last.version,
        decided_at=last and last.decided_at,
        decided_for=last and last.channel,
        text=WordsView(**described.text._asdict()),
        text_version=described.version,
        law=described.law and WordsView(**described.law._asdict()),
    )


def _receipt(receipt: Receipt) -> ReceiptView:
    state = receipt.state
    return ReceiptView(
        id=receipt.id,
        subject=state.subject,
        purpose=state.purpose,
        channel=state.channel,
        given=state.is_given,
        version=state.version,
        decided_at=state.decided_at,
        text_version=receipt.text_version,
    )
