"""The first page: for a visitor what this is, for a citizen the newest of everything."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis, or_away
from percorso.portal.apis.names import Names
from percorso.portal.messages import reading as inbox
from percorso.portal.pages.cookies import Cookies
from percorso.portal.pages.forms import fields_of
from percorso.portal.pages.languages import language_of
from percorso.portal.pages.paths import within
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Visit
from percorso.portal.pages.visits import Visits
from percorso.portal.suggestions import reading as suggestions
from percorso.portal.timeline import reading, showing
from percorso.portal.timeline.filters import Filters
from percorso.portal.timeline.showing import Telling

NEWEST = 5


def router(pages: Pages, visits: Visits, cookies: Cookies, apis: Apis, names: Names) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/")
    async def show_home(visit: Annotated[Visit, Depends(visits.anybody)]) -> Response:
        """For everybody."""
        if visit.session is None or not visit.is_citizen:
            return pages.page(visit, "welcome.html")
        await names.refresh()
        telling = Telling(pages.words[visit.language], names, visit.language)
        authorization = visit.session.authorization
        timeline, suggested, messages = await asyncio.gather(
            or_away(reading.page(apis, authorization, Filters(), limit=NEWEST)),
            or_away(suggestions.mine(apis, authorization)),
            or_away(inbox.mine(apis, authorization)),
        )
        return pages.page(
            visit,
            "home.html",
            newest=timeline and [showing.shown(item, telling) for item in timeline.items],
            suggestions=suggested,
            unread=messages and sum(each.is_unread for each in messages.items),
        )

    @routes.post("/language")
    async def choose_language(request: Request) -> Response:
        """For everybody: keeps the language in a cookie, and leads back."""
        fields = await fields_of(request)
        response = led(within(fields.get("return_to")))
        cookies.keep_language(response, language_of(fields.get("language")))
        return response

    @routes.get("/accessibility")
    async def show_accessibility(visit: Annotated[Visit, Depends(visits.anybody)]) -> Response:
        """For everybody: what was done for it, and what was not."""
        return pages.page(visit, "accessibility.html")

    @routes.get("/docs")
    async def show_docs(visit: Annotated[Visit, Depends(visits.anybody)]) -> Response:
        """For whoever looks for an API here; nothing foreign runs on this origin."""
        return pages.page(visit, "docs.html")

    return routes
