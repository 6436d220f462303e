"""The page of what is linked with me."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.names import Names
from percorso.portal.links import reading
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Known, Sent
from percorso.portal.pages.visits import Visits

PATH = "/links"


def router(pages: Pages, visits: Visits, apis: Apis, names: Names) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    async def show_links(
        visit: Annotated[Known, Depends(visits.citizen)], request: Request
    ) -> Response:
        """For citizens: what makes several identifiers one citizen."""
        links = await reading.mine(apis, visit.session.authorization)
        is_undone = "undone" in request.query_params
        return pages.page(visit, "links.html", links=links.items, names=names, is_undone=is_undone)

    @routes.post(f"{PATH}/{{link}}/undo")
    async def undo_link(
        sent: Annotated[Sent, Depends(visits.citizen_sent)], link: UUID
    ) -> Response:
        """For the citizen whom the link is about."""
        await reading.undo(apis, sent.visit.session.authorization, link)
        return led(f"{PATH}?undone=1")

    return routes
