"""The pages of my messages."""

from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.errors import Refused
from percorso.portal.apis.names import secure
from percorso.portal.messages import reading
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Known, Sent
from percorso.portal.pages.visits import Visits

INVALID_CURSOR = "invalid-message-cursor"
MAX_CURSOR = 256


def router(pages: Pages, visits: Visits, apis: Apis) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/messages")
    async def show_messages(
        visit: Annotated[Known, Depends(visits.citizen)], request: Request
    ) -> Response:
        """For citizens: what reached them, on any channel, newest first."""
        cursor = request.query_params.get("cursor", "")[:MAX_CURSOR] or None
        try:
            read = await reading.mine(apis, visit.session.authorization, cursor)
        except Refused as error:
            if error.slug == INVALID_CURSOR:
                return led("/messages")
            raise
        return pages.page(
            visit,
            "messages.html",
            messages=read.items,
            secure=secure,
            is_first=cursor is None,
            older=read.next_cursor and f"/messages?{urlencode({'cursor': read.next_cursor})}",
        )

    @routes.post("/messages/{message}/read")
    async def mark_message_read(
        sent: Annotated[Sent, Depends(visits.citizen_sent)], message: UUID
    ) -> Response:
        """For the citizen whose message it is."""
        await reading.note_read(apis, sent.visit.session.authorization, message)
        return led("/messages")

    return routes
