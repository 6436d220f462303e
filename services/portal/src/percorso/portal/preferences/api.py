"""The page of how I want to be reached."""

import asyncio
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis, or_away
from percorso.portal.apis.errors import Refused
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Known, Sent
from percorso.portal.pages.visits import Visits
from percorso.portal.preferences import reading
from percorso.portal.preferences.reading import Contacts, Preferences, Wrong

PATH = "/preferences"
KEPT = f"{PATH}?kept=1"
CONTACTS = frozenset({"email", "phone"})
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Desk:
    """Shows and keeps how citizens want to be reached."""

    pages: Pages
    apis: Apis

    async def show(
        self,
        visit: Known,
        *,
        is_kept: bool = False,
        wrong: frozenset[str] = NOTHING,
        typed: Contacts | None = None,
    ) -> Response:
        """Return the page; what is away leaves its part of it with a sentence."""
        authorization = visit.session.authorization
        preferences: Preferences | None
        contacts: Contacts | None
        preferences, contacts = await asyncio.gather(
            or_away(reading.preferences(self.apis, authorization)),
            or_away(reading.contacts(self.apis, authorization)),
        )
        return self.pages.page(
            visit,
            "preferences.html",
            422 if wrong else 200,
            preferences=preferences,
            contacts=contacts and (typed or contacts),
            wrong=wrong,
            is_kept=is_kept,
        )

    async def prefer(self, sent: Sent) -> Response:
        """Keep quiet hours and language."""
        try:
            wanted = reading.wanted_preferences(sent.fields)
            await reading.prefer(self.apis, sent.visit.session.authorization, wanted)
        except Wrong as fault:
            return await self.show(sent.visit, wrong=fault.fields)
        return led(KEPT)

    async def reach_at(self, sent: Sent) -> Response:
        """Keep addresses; what is none is shown as it was typed, and marked."""
        try:
            wanted = reading.wanted_contacts(sent.fields)
        except Wrong as fault:
            return await self.show(sent.visit, wrong=fault.fields)
        try:
            await reading.reach_at(self.apis, sent.visit.session.authorization, wanted)
        except Refused as fault:
            wrong = frozenset(pointer.lstrip("/") for pointer in fault.pointers)
            if not wrong or not wrong <= CONTACTS:
                raise
            return await self.show(sent.visit, wrong=wrong, typed=wanted)
        return led(KEPT)


def router(visits: Visits, desk: Desk) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    async def show_preferences(
        visit: Annotated[Known, Depends(visits.citizen)], request: Request
    ) -> Response:
        """For citizens: quiet hours and language, and where they can be reached."""
        return await desk.show(visit, is_kept="kept" in request.query_params)

    @routes.post(PATH)
    async def set_preferences(sent: Annotated[Sent, Depends(visits.citizen_sent)]) -> Response:
        """For citizens: keeps quiet hours and language."""
        return await desk.prefer(sent)

    @routes.post(f"{PATH}/contacts")
    async def set_contacts(sent: Annotated[Sent, Depends(visits.citizen_sent)]) -> Response:
        """For citizens: keeps where they can be reached."""
        return await desk.reach_at(sent)

    return routes
