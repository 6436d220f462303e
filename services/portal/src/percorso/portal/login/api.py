"""Routes for logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.pages.paths import own
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Sent, Visit
from percorso.portal.pages.visits import Visits

LEFT = "/login?left=1"


def router(pages: Pages, visits: Visits) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/login")
    async def show_login(
        visit: Annotated[Visit, Depends(visits.anybody)], request: Request
    ) -> Response:
        """For everybody: what logging in means, and the way to it."""
        asked = request.query_params
        return pages.page(
            visit, "login.html", return_to=own(asked.get("return_to")), has_left="left" in asked
        )

    @routes.post("/logout")
    async def log_out(sent: Annotated[Sent, Depends(visits.anybody_sent)]) -> Response:
        """For whoever has logged in: from now on the cookie opens nothing."""
        await visits.sessions.end(sent.visit.session)
        response = led(LEFT)
        visits.cookies.drop_session(response)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    return routes
