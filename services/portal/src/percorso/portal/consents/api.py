"""The pages of what I allow."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from percorso.portal.apis.calls import Apis, or_away
from percorso.portal.consents import reading
from percorso.portal.pages.rendering import Pages
from percorso.portal.pages.visit import Forged, Known, Sent
from percorso.portal.pages.visits import Visits

GIVEN = {"yes": True, "no": False}


def router(pages: Pages, visits: Visits, apis: Apis) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/consents")
    async def show_consents(visit: Annotated[Known, Depends(visits.citizen)]) -> Response:
        """For citizens: every purpose, and on which channels it is allowed."""
        purposes = await reading.mine(apis, visit.session.authorization)
        return pages.page(visit, "consents.html", purposes=purposes)

    @routes.post("/consents")
    async def decide_consent(sent: Annotated[Sent, Depends(visits.citizen_sent)]) -> Response:
        """For citizens: gives or withdraws a consent, and shows the receipt.

        Sent again by a reload, it is the same decision with the same receipt.
        """
        fields = sent.fields
        purpose, channel = fields.get("purpose", ""), fields.get("channel", "")
        given = GIVEN.get(fields.get("given", ""))
        if given is None or not (reading.is_code(purpose) and reading.is_code(channel)):
            raise Forged
        authorization = sent.visit.session.authorization
        receipt = await reading.decide(apis, authorization, purpose, channel, given=given)
        words = reading.words(await or_away(reading.mine(apis, authorization)), receipt)
        return pages.page(sent.visit, "receipt.html", receipt=receipt, words=words)

    return routes
