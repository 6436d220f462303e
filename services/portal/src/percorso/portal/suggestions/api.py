"""The pages of what is suggested to me."""

from typing import Annotated, get_args
from uuid import UUID

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis
from percorso.portal.apis.names import Names, secure
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Forged, Known, Sent
from percorso.portal.pages.visits import Visits
from percorso.portal.suggestions import reading
from percorso.portal.suggestions.reading import Reaction
from percorso.portal.timeline import facts

DONE: dict[str, Reaction] = {
    reaction: reaction for reaction in get_args(Reaction) if reaction != "shown"
}


def router(pages: Pages, visits: Visits, apis: Apis, names: Names) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/suggestions")
    async def show_suggestions(
        visit: Annotated[Known, Depends(visits.citizen)], request: Request
    ) -> Response:
        """For citizens: what is suggested, the best first, with the reasons."""
        authorization = visit.session.authorization
        read = await reading.mine(apis, authorization)
        await names.refresh()
        await reading.note_shown(apis, authorization, read.items)
        done = request.query_params.get("done", "")
        return pages.page(
            visit,
            "suggestions.html",
            suggestions=read.items,
            nothing=read.reason,
            names=names,
            done=done if done in DONE else None,
        )

    @routes.get("/suggestions/{suggestion}")
    async def explain_suggestion(
        visit: Annotated[Known, Depends(visits.citizen)], suggestion: UUID
    ) -> Response:
        """For the citizen to whom it was suggested: the reasons, the law, what would change it."""
        why = await reading.why(apis, visit.session.authorization, suggestion)
        await names.refresh()
        words = pages.words[visit.language]
        return pages.page(
            visit,
            "suggestion.html",
            why=why,
            names=names,
            law=secure(why.legal_reference.url),
            title_of=lambda event: facts.title(event.type, {}, words),
            is_open=why.state in {"open", "shown", "later"},
        )

    @routes.post("/suggestions/{suggestion}")
    async def react_to_suggestion(
        sent: Annotated[Sent, Depends(visits.citizen_sent)], suggestion: UUID
    ) -> Response:
        """For the citizen to whom it was suggested: take it, not now, or not at all."""
        reaction = DONE.get(sent.fields.get("reaction", ""))
        if reaction is None:
            raise Forged
        await reading.react(apis, sent.visit.session.authorization, suggestion, reaction)
        if reaction == "followed":
            return led(f"/suggestions/{suggestion}")
        return led(f"/suggestions?done={reaction}")

    return routes
