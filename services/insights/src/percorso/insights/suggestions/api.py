"""Routes over which what is suggested to a citizen is read, explained, and reacted to."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from asyncpg import Connection, Pool
from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis.auth import Citizen, Operator, Tokens, citizen, reader
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, InvalidRequest, NotFound, Unauthorized, responses
from percorso.citizens import store as citizens
from percorso.citizens.accesses import store as accesses
from percorso.citizens.accesses.reads import Read
from percorso.insights.decisions.past import PastDecisions
from percorso.insights.suggestions import explaining, store, views
from percorso.insights.suggestions.events import SOURCE
from percorso.insights.suggestions.explaining import Why
from percorso.insights.suggestions.states import Reaction, State
from percorso.insights.suggestions.store import Kept
from percorso.insights.suggestions.views import StateView, SuggestionsView, WhyView

MOST = 100  # of one answer; a citizen has three, and duties
_NO_STORE = {"Cache-Control": "no-store"}

SuggestionId = Annotated[UUID, Path(description="The suggestion's id")]
Pseudonym = Annotated[UUID, Path(description="The citizen's pseudonym")]

# Takes a reaction in; says where the suggestion stands then.
React = Callable[[Connection, Kept, Reaction, datetime], Awaitable[State]]


class ReactionBody(BaseModel):
    """What the citizen does with a suggestion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reaction: Reaction = Field(
        description="`shown`: it was seen; `followed`: the citizen went on to the service; "
        "`dismissed`: it is not wanted; `later`: it is shown again after a week"
    )


class Desk:
    """Answers about a citizen's suggestions, over all their linked subjects."""

    def __init__(
        self,
        pool: Pool,
        decisions: PastDecisions,
        react: React,
        *,
        committed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._decisions = decisions
        self._react = react
        self._committed = committed
        self._clock = clock

    async def read(self, subject: UUID) -> SuggestionsView:
        """Return what is suggested now, or why nothing is."""
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            rows = await store.visible(connection, members, self._clock.now(), MOST)
            if rows:
                return SuggestionsView(items=views.items(rows), reason=None)
            gate = await self._decisions.reason(connection, members)
        return SuggestionsView(items=[], reason=views.nothing(gate))

    async def show(self, subject: UUID, by: Operator) -> SuggestionsView:
        """Return what is suggested to a citizen, of which the agency may see every ground.

        The entry that the citizen sees is committed before. Why nothing is suggested is not said:
        it may be what another agency knows.
        """
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            now = self._clock.now()
            await accesses.note(connection, Read("suggestions-read", by, now, SOURCE), members)
            rows = await store.visible_to(connection, members, now, MOST, by.agency)
        self._committed()
        return SuggestionsView(items=views.items(rows), reason=None)

    async def explain(self, subject: UUID, suggestion_id: UUID) -> WhyView:
        """Return why it was suggested; NotFound for others, and while its grounds do not hold."""
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            kept = _found(await store.one(connection, members, suggestion_id))
            state = kept.state_at(self._clock.now())
            found = await self._why(connection, kept)
        # What was linked when it was decided may be another person's.
        if state is State.WITHDRAWN or found is None or not explaining.is_about(found, members):
            raise NotFound
        return views.why(kept, state, found)

    async def react(self, subject: UUID, suggestion_id: UUID, reaction: Reaction) -> StateView:
        """Take a reaction in; the same one again changes nothing."""
        async with transaction(self._pool) as connection:
            members = await citizens.members(connection, subject)
            kept = _found(await store.hold(connection, members, suggestion_id))
            state = await self._react(connection, kept, reaction, self._clock.now())
        self._committed()
        return StateView(id=suggestion_id, state=state)

    async def _why(self, connection: Connection, kept: Kept) -> Why | None:
        past = await self._decisions.one(connection, kept.decided_for, kept.decision_id)
        return past and explaining.why(*past, (kept.service, kept.subject, kept.event_key))


def router(tokens: Tokens, desk: Desk) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/suggestions", tags=["suggestions"], responses=responses(Unauthorized, Forbidden)
    )
    own = Annotated[Citizen, Depends(citizen(tokens))]

    @routes.get("/me", summary="Read what is suggested to me")
    async def read_own_suggestions(by: own, response: Response) -> SuggestionsView:
        """For citizens: what they may take up, the best first; or why there is nothing."""
        response.headers.update(_NO_STORE)
        return await desk.read(by.subject)

    @routes.get(
        "/{subject}",
        summary="Read what is suggested to a citizen; the citizen sees that I did",
    )
    async def read_suggestions(
        subject: Pseudonym,
        by: Annotated[Operator, Depends(reader(tokens))],
        response: Response,
    ) -> SuggestionsView:
        """For operators at a desk and owners: what rests on nothing but what their agency may see.

        Each answer is an entry in the citizen's access log, with the token's purpose and case.
        """
        response.headers.update(_NO_STORE)
        return await desk.show(subject, by)

    @routes.get(
        "/{suggestion_id}/why",
        summary="Read why something was suggested to me",
        responses=responses(NotFound),
    )
    async def explain_suggestion(
        by: own, suggestion_id: SuggestionId, response: Response
    ) -> WhyView:
        """For the citizen to whom it was suggested: reasons, events, law, and what would change it."""
        response.headers.update(_NO_STORE)
        return await desk.explain(by.subject, suggestion_id)

    @routes.post(
        "/{suggestion_id}/reactions",
        summary="Say what I do with a suggestion",
        responses=responses(NotFound, InvalidRequest),
    )
    async def react_to_suggestion(
        by: own, suggestion_id: SuggestionId, body: ReactionBody
    ) -> StateView:
        """For the citizen to whom it was suggested; what is closed, expired or withdrawn stays so."""
        return await desk.react(by.subject, suggestion_id, body.reaction)

    return routes


def _found(kept: Kept | None) -> Kept:
    if kept is None:
        raise NotFound
    return kept
