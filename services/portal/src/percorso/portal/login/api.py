"""Routes for logging in and out."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.login.attempts import level_of
from percorso.portal.login.logins import Logins
from percorso.portal.pages.paths import own
from percorso.portal.pages.visit import Sent, Visit
from percorso.portal.pages.visits import Visits


def router(visits: Visits, logins: Logins) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/login")
    async def show_login(
        visit: Annotated[Visit, Depends(visits.anybody)], request: Request
    ) -> Response:
        """For everybody: what logging in means, and the way to it."""
        asked = request.query_params
        return logins.show(
            visit,
            return_to=own(asked.get("return_to")),
            level=level_of(asked["level"]) if "level" in asked else None,
            has_left="left" in asked,
        )

    @routes.get("/login/start")
    async def start_login(request: Request) -> Response:
        """For everybody: the way to identity, which leads on to a provider."""
        return logins.start(request)

    @routes.get("/login/callback")
    async def end_login(
        visit: Annotated[Visit, Depends(visits.anybody)], request: Request
    ) -> Response:
        """For browsers that identity sends back."""
        return await logins.end(visit, request)

    @routes.post("/logout")
    async def log_out(sent: Annotated[Sent, Depends(visits.anybody_sent)]) -> Response:
        """For whoever has logged in."""
        return await logins.leave(sent)

    return routes
