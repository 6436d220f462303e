"""Begins and ends logins: the way to identity, and the session when somebody comes back."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from percorso.events.errors import Unavailable
from percorso.portal.apis.errors import ApiError
from percorso.portal.login import attempts
from percorso.portal.login.attempts import level_of
from percorso.portal.login.redeeming import LoggedIn, Redeeming
from percorso.portal.pages.paths import HOME, own
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Sent, Visit
from percorso.portal.pages.visits import Visits
from percorso.portal.sessions.session import Content, Kind
from percorso.portal.visitors.visitors import Visitors

LEFT = "/login?left=1"
FAILED = "refused"
MAX_CODE = 128


@dataclass(frozen=True, slots=True)
class Logins:
    """Logs browsers in and out; they find identity's login at `login_url`.

    `site` is the name of the agency whose site's `visitors` are linked with whoever logs in.
    """

    pages: Pages
    visits: Visits
    redeeming: Redeeming
    login_url: str
    visitors: Visitors | None = None
    site: str | None = None

    def show(self, visit: Visit, status: int = 200, **shown: Any) -> Response:
        """Return the page that says what logging in means."""
        usual = {"return_to": HOME, "level": None, "has_left": False, "fault": None}
        return self.pages.page(visit, "login.html", status, site=self.site, **(usual | shown))

    def start(self, request: Request) -> Response:
        """Send the browser to identity, bound to it by what it keeps."""
        verifier = attempts.verifier(self.visits.cookies.attempt_of(request))
        asked = {
            "challenge": attempts.challenge(verifier),
            "return_to": own(request.query_params.get("return_to")),
            "level": level_of(request.query_params.get("level")),
        }
        response = RedirectResponse(f"{self.login_url}?{urlencode(asked)}", 303)
        self.visits.cookies.keep_attempt(response, verifier)
        return response

    async def end(self, visit: Visit, request: Request) -> Response:
        """Begin a new session for whoever has logged in; whatever session there was has ended."""
        code = request.query_params.get("code", "")[:MAX_CODE]
        verifier = self.visits.cookies.attempt_of(request)
        if not code or not verifier:
            return self._failed(visit, request.query_params.get("error", FAILED))
        visitor = await self._visitor(visit, request)
        try:
            found = await self.redeeming.redeem(code, verifier, visitor)
        except (ApiError, Unavailable):
            return self._failed(visit, FAILED)
        if visit.session is not None:
            await self.visits.sessions.end(visit.session)
        return await self._begun(found)

    async def _visitor(self, visit: Visit, request: Request) -> str | None:
        """Return who it was that has logged in now; None where somebody was inside before."""
        if self.visitors is None or visit.session is not None:
            return None
        return await self.visitors.take(self.visits.cookies.visitor_of(request))

    async def leave(self, sent: Sent) -> Response:
        """End the session: its cookie opens nothing from now on."""
        await self.visits.sessions.end(sent.visit.session)
        response = led(LEFT)
        self.visits.cookies.drop_session(response)
        response.headers["Clear-Site-Data"] = '"cache"'
        return response

    async def _begun(self, found: LoggedIn) -> Response:
        content = Content(kind=Kind.CITIZEN, token=found.access_token, level=found.level)
        lives = timedelta(seconds=found.expires_in)
        session = await self.visits.sessions.begin(content, lives)
        response = led(own(found.return_to))
        self.visits.cookies.keep_session(response, session)
        self.visits.cookies.drop_attempt(response)
        if self.visitors is not None:
            self.visits.cookies.drop_visitor(response)
        return response

    def _failed(self, visit: Visit, fault: str) -> Response:
        words = self.pages.words[visit.language]["login"]["faults"]
        said = words.get(fault, words[FAILED])
        response = self.show(visit, 403, fault=said)
        self.visits.cookies.drop_attempt(response)
        return response
