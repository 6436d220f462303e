"""The page on which anybody checks the code of a message."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.names import Names
from percorso.portal.pages.forms import fields_of
from percorso.portal.pages.rendering import Pages
from percorso.portal.pages.visit import Visit
from percorso.portal.pages.visits import Visits

MAX_CODE = 64  # what people may type, with blanks and dashes


class Verification(BaseModel):
    """Whether a message is ours, and what it was about."""

    genuine: bool
    sent_at: AwareDatetime | None = None
    service: str | None = None
    via: str | None = None


def router(pages: Pages, visits: Visits, apis: Apis, names: Names) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/codes")
    async def show_codes(visit: Annotated[Visit, Depends(visits.anybody)]) -> Response:
        """For anybody who holds a message."""
        return pages.page(visit, "codes.html", found=None, is_missing=False, names=names)

    @routes.post("/codes")
    async def check_code(
        visit: Annotated[Visit, Depends(visits.anybody)], request: Request
    ) -> Response:
        """For anybody who holds a message: it changes nothing, so the form needs no session."""
        code = (await fields_of(request)).get("code", "").strip()
        if not 0 < len(code) <= MAX_CODE:
            return pages.page(visit, "codes.html", 422, found=None, is_missing=True, names=names)
        found = await apis.change(
            Verification, "notifications", "POST", "/v1/verifications", None, {"code": code}
        )
        await names.refresh()
        return pages.page(visit, "codes.html", found=found, is_missing=False, names=names)

    return routes
