"""The page of who looked."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.accesses import reading, showing
from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Refused
from percorso.portal.apis.names import Names
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Known
from percorso.portal.pages.visits import Visits

PATH = "/access-log"
FOREIGN_CURSOR = "foreign-cursor"
MAX_CURSOR = 256


def router(pages: Pages, visits: Visits, apis: Apis, names: Names) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    async def show_access_log(
        visit: Annotated[Known, Depends(visits.citizen)], request: Request
    ) -> Response:
        """For citizens: who was given something of theirs, why and when, newest first."""
        cursor = request.query_params.get("cursor", "")[:MAX_CURSOR] or None
        try:
            log = await reading.mine(apis, visit.session.authorization, cursor)
        except Refused as error:
            if error.slug == FOREIGN_CURSOR:
                return led(PATH)
            raise
        words = pages.words[visit.language]
        return pages.page(
            visit,
            "accesses.html",
            entries=[showing.shown(entry, words, names) for entry in log.items],
            is_first=cursor is None,
            older=log.next_cursor and f"{PATH}?{urlencode({'cursor': log.next_cursor})}",
        )

    return routes
