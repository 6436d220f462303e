"""The portal's cookies: out of reach of scripts, and of other sites' requests but for plain links."""

from starlette.requests import Request
from starlette.responses import Response

from percorso.portal.pages.languages import Language, language_of
from percorso.portal.sessions.session import Session
from percorso.portal.visitors.codes import LIFE

LANGUAGE = "percorso_language"
LANGUAGE_S = 365 * 24 * 3600
ATTEMPT_S = 600  # a login takes a minute or two


class Cookies:
    """Reads and writes them; with https their names bind them to this host and to https."""

    def __init__(self, *, is_https: bool) -> None:
        self._is_https = is_https
        prefix = "__Host-" if is_https else ""
        self.session = f"{prefix}percorso_session"
        self.attempt = f"{prefix}percorso_login"
        self.visitor = f"{prefix}percorso_visitor"

    def session_of(self, request: Request) -> str:
        """Return the text of the session's cookie, empty where there is none."""
        return request.cookies.get(self.session, "")

    def attempt_of(self, request: Request) -> str:
        """Return what was kept while somebody logs in, empty where there is nothing."""
        return request.cookies.get(self.attempt, "")

    def visitor_of(self, request: Request) -> str:
        """Return the code by which an agency's site knows the browser, empty where there is none."""
        return request.cookies.get(self.visitor, "")

    def keep_session(self, response: Response, session: Session) -> None:
        """Give the browser a session, until it is closed."""
        self._keep(response, self.session, session.secret.text)

    def drop_session(self, response: Response) -> None:
        """Take the session from the browser."""
        self._keep(response, self.session, "", 0)

    def keep_attempt(self, response: Response, text: str) -> None:
        """Keep what the end of a login needs."""
        self._keep(response, self.attempt, text, ATTEMPT_S)

    def drop_attempt(self, response: Response) -> None:
        """Forget it: an attempt has one end."""
        self._keep(response, self.attempt, "", 0)

    def keep_visitor(self, response: Response, code: str) -> None:
        """Give the browser a code, for as long as a code is good."""
        self._keep(response, self.visitor, code, int(LIFE.total_seconds()))

    def drop_visitor(self, response: Response) -> None:
        """Take its code from the browser."""
        self._keep(response, self.visitor, "", 0)

    def keep_language(self, response: Response, language: Language) -> None:
        """Keep the language for a year."""
        self._keep(response, LANGUAGE, language, LANGUAGE_S)

    def _keep(
        self, response: Response, name: str, value: str, max_age_s: int | None = None
    ) -> None:
        response.set_cookie(
            name,
            value,
            max_age=max_age_s,
            path="/",
            secure=self._is_https,
            httponly=True,
            samesite="lax",
        )


def language_in(request: Request) -> Language:
    """Return the language of a request."""
    return language_of(request.cookies.get(LANGUAGE))
