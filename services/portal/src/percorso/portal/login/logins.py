"""Begins and ends logins: the way to identity, and the session when somebody comes back."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from percorso.events.errors import Unavailable
from percorso.portal.apis.errors import ApiError
from percorso.portal.login import attempts
from percorso.portal.login.attempts import level_of
from percorso.portal.login.redeeming import LoggedIn, Redeeming
from percorso.portal.pages.paths import own
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Sent, Visit
from percorso.portal.pages.visits import Visits
from percorso.portal.sessions.session import Content, Kind

LEFT = "/login?left=1"
FAILED = "refused"
MAX_CODE = 128


@dataclass(frozen=True, slots=True)
class Logins:
    """Logs browsers in and out; they find identity's login at `login_url`."""

    pages: Pages
    visits: Visits
    redeeming: Redeeming
    login_url: str

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
        try:
            found = await self.redeeming.redeem(code, verifier)
        except (ApiError, Unavailable):
            return self._failed(visit, FAILED)
        if visit.session is not None:
            await self.visits.sessions.end(visit.session)
        return await self._begun(found)

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
        return response

    def _failed(self, visit: Visit, fault: str) -> Response:
        words = self.pages.words[visit.language]["login"]["faults"]
        said = words.get(fault, words[FAILED])
        shown = {"return_to": "/", "level": None, "has_left": False, "fault": said}
        response = self.pages.page(visit, "login.html", 403, **shown)
        self.visits.cookies.drop_attempt(response)
        return response
