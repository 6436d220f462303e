"""Routes for preferences: when nothing may ring, and in which language to write."""

from typing import Annotated

from asyncpg import Pool
from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis.auth import Citizen, Tokens, citizen
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import Forbidden, InvalidRequest, Unauthorized, responses
from percorso.citizens import store as citizens
from percorso.notifications.preferences import preferences as words
from percorso.notifications.preferences import store
from percorso.notifications.preferences.preferences import FORM, Language, Preferences


class PreferencesView(BaseModel):
    """How a citizen wants to be reached; what is left out is as it is by default."""

    model_config = ConfigDict(extra="forbid")

    quiet_hours: Annotated[str, Field(pattern=FORM, max_length=11)] | None = Field(
        words.written(Preferences().quiet_hours),
        description="When nothing may ring, by the clocks of Italy; null: at no time",
    )
    language: Language = Field("it", description="In which language to write")


def router(pool: Pool, tokens: Tokens, clock: Clock) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(
        prefix="/v1/preferences",
        tags=["preferences"],
        responses=responses(Unauthorized, Forbidden),
    )

    @routes.get("/me", summary="Read my preferences", response_model=PreferencesView)
    async def read_own_preferences(
        reader: Annotated[Citizen, Depends(citizen(tokens))], response: Response
    ) -> PreferencesView:
        """For citizens: what they said last, by whichever of their identifiers; else the defaults."""
        async with transaction(pool) as connection:
            members = await citizens.members(connection, reader.subject)
            found = await store.of(connection, members)
        response.headers["Cache-Control"] = "no-store"
        return _view(found)

    @routes.put("/me", summary="Set my preferences", responses=responses(InvalidRequest))
    async def set_own_preferences(
        writer: Annotated[Citizen, Depends(citizen(tokens))],
        body: PreferencesView,
        response: Response,
    ) -> PreferencesView:
        """For citizens: holds from the next message on; answers with what holds now."""
        wanted = _wanted(body)
        async with transaction(pool) as connection:
            await store.keep(connection, writer.subject, wanted, clock.now())
        response.headers["Cache-Control"] = "no-store"
        return _view(wanted)

    return routes


def _wanted(body: PreferencesView) -> Preferences:
    try:
        return Preferences(words.read(body.quiet_hours), body.language)
    except ValueError:
        title = "Should begin and end at different times"
        raise InvalidRequest(errors=[{"pointer": "/quiet_hours", "title": title}]) from None


def _view(preferences: Preferences) -> PreferencesView:
    quiet_hours = words.written(preferences.quiet_hours)
    return PreferencesView(quiet_hours=quiet_hours, language=preferences.language)
