"""The page of operations. There is no login of operators yet: one brings a token of theirs."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.apis.calls import Apis, Service
from percorso.portal.apis.errors import Ended, Refused
from percorso.portal.operations import reading
from percorso.portal.pages.forms import fields_of
from percorso.portal.pages.paths import OPERATIONS
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Known, Sent, Visit
from percorso.portal.pages.visits import Visits
from percorso.portal.sessions.session import Content, Kind

LONGEST = timedelta(hours=1)  # as long as a token of operators; without it nothing is read
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")
TRACE = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Desk:
    """Shows operations how the services stand, and does what they decide."""

    pages: Pages
    visits: Visits
    apis: Apis
    traces_url: str | None

    async def show(self, visit: Known, query: QueryParams) -> Response:
        """Return the page; a service that is away is shown as such.

        A trace is linked to and not led to: browsers follow no form to another origin.
        """
        code = query.get("code", "").strip().lower()
        services, letters = await asyncio.gather(
            reading.services(self.apis), reading.letters(self.apis, visit.session.authorization)
        )
        words = self.pages.words[visit.language]["operations"]["done"]
        return self.pages.page(
            visit,
            "operations.html",
            services=services,
            letters=letters,
            has_traces=self.traces_url is not None,
            done=words.get(query.get("done")),
            code=code,
            trace=self._trace(code),
        )

    async def begin(self, visit: Visit, token: str) -> Response:
        """Begin a session with a token, if services take it for one of operations."""
        try:
            if not TOKEN.fullmatch(token):
                raise Ended
            await reading.may(self.apis, f"Bearer {token}")
        except (Ended, Refused):
            return self.pages.page(visit, "operations_login.html", 403, is_wrong=True)
        if visit.session is not None:
            await self.visits.sessions.end(visit.session)
        content = Content(kind=Kind.OPERATIONS, token=token)
        session = await self.visits.sessions.begin(content, LONGEST)
        response = led(OPERATIONS)
        self.visits.cookies.keep_session(response, session)
        return response

    async def decide(self, sent: Sent, service: Service, letter: int) -> Response:
        """Redrive or discard a letter, and say what came of it."""
        act, done = reading.redrive, "redriven"
        if sent.fields.get("do") == "discard":
            act, done = reading.discard, "discarded"
        try:
            await act(self.apis, sent.visit.session.authorization, service, letter)
        except Refused as refusal:
            done = {404: "gone", 409: "not-applied"}.get(refusal.status, "")
            if not done:
                raise
        return led(f"{OPERATIONS}?done={done}")

    def _trace(self, code: str) -> str | None:
        """Return where a trace is; None where the code is none, or nobody keeps traces."""
        is_code = self.traces_url is not None and TRACE.fullmatch(code)
        return f"{self.traces_url}/zipkin/traces/{code}" if is_code else None


def router(pages: Pages, visits: Visits, desk: Desk) -> APIRouter:
    """Return the routes."""
    routes = APIRouter(prefix=OPERATIONS, include_in_schema=False)

    @routes.get("")
    async def show_operations(
        visit: Annotated[Known, Depends(visits.operations)], request: Request
    ) -> Response:
        """For operations: services, what could not be applied, traces; no citizen's data."""
        return await desk.show(visit, request.query_params)

    @routes.get("/login")
    async def show_operations_login(visit: Annotated[Visit, Depends(visits.anybody)]) -> Response:
        """For everybody: how operations come in."""
        return pages.page(visit, "operations_login.html", is_wrong=False)

    @routes.post("/login")
    async def log_operations_in(
        visit: Annotated[Visit, Depends(visits.anybody)], request: Request
    ) -> Response:
        """For whoever has a token of operations."""
        return await desk.begin(visit, (await fields_of(request)).get("token", "").strip())

    @routes.post("/letters/{service}/{letter}")
    async def decide_letter(
        sent: Annotated[Sent, Depends(visits.operations_sent)], service: Service, letter: int
    ) -> Response:
        """For operations: applies a letter now, or gives it up."""
        return await desk.decide(sent, service, letter)

    return routes
