"""The page of my timeline."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Refused
from percorso.portal.apis.names import Names
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Known
from percorso.portal.pages.visits import Visits
from percorso.portal.timeline import filters, reading, showing
from percorso.portal.timeline.filters import Filters
from percorso.portal.timeline.showing import Telling

INVALID_CURSOR = "invalid-cursor"
MAX_CURSOR = 256


def router(pages: Pages, visits: Visits, apis: Apis, names: Names) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/timeline")
    async def show_timeline(
        visit: Annotated[Known, Depends(visits.citizen)], request: Request
    ) -> Response:
        """For citizens: a page of what happened, newest first, by month and matter."""
        chosen = filters.read(request.query_params)
        cursor = request.query_params.get("cursor", "")[:MAX_CURSOR] or None
        await names.refresh()
        try:
            read = await reading.page(apis, visit.session.authorization, chosen, cursor)
        except Refused as error:
            if error.slug == INVALID_CURSOR:
                return led(chosen.link())
            raise
        words = pages.words[visit.language]
        return pages.page(
            visit,
            "timeline.html",
            months=showing.months(read.items, Telling(words, names, visit.language)),
            older=read.next_cursor and chosen.link(cursor=read.next_cursor),
            is_first=cursor is None,
            is_behind=bool(read.freshness_ms),
            filters=chosen,
            chosen=_named(chosen, names, visit),
        )

    return routes


def _named(chosen: Filters, names: Names, visit: Known) -> dict[str, str]:
    """Return the exact filters as the visitor reads them."""
    named = dict(chosen.exact)
    if agency := named.get("agency"):
        named["agency"] = names.agency(agency)
    if service := named.get("service"):
        named["service"] = names.service(service, visit.language)
    return named
