"""Errors as pages: what happened, in plain words, and where to go on."""

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from percorso.events.errors import Unavailable
from percorso.portal.apis.errors import Away, Ended, Refused
from percorso.portal.pages.cookies import Cookies, language_in
from percorso.portal.pages.paths import to_login
from percorso.portal.pages.rendering import Pages, led
from percorso.portal.pages.visit import Forged, LoginNeeded, Visit
from percorso.portal.pages.visits import page_of, path_of

RETRY_AFTER_S = 5
LEVEL_TOO_LOW = "level-too-low"


class Errors:
    """Pages for what goes wrong; they ask nothing of the database, which may be what is away."""

    def __init__(self, pages: Pages, cookies: Cookies) -> None:
        self._pages = pages
        self._cookies = cookies

    def handlers(self) -> dict[type[Exception], Callable[[Request, Exception], Response]]:
        """Return the handler of each kind of error of ours; bugs are the guard's."""
        return {
            LoginNeeded: self._login,
            Ended: self._ended,
            Forged: lambda request, _: self.forged(request),
            HTTPException: self._http,
            Refused: self._refused,
            Away: lambda request, _: self.away(request),
            Unavailable: lambda request, _: self.away(request),
        }

    def missing(self, request: Request) -> Response:
        """Say that there is no such page, or none for this visitor."""
        return self._page(request, "missing", 404)

    def forged(self, request: Request) -> Response:
        """Say that a form is of another site, or of an earlier login."""
        return self._page(request, "forged", 403)

    def away(self, request: Request) -> Response:
        """Say that a part is away that the page needs."""
        response = self._page(request, "away", 503)
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
        return response

    def failed(self, request: Request) -> Response:
        """Say that something is wrong with us."""
        return self._page(request, "failed", 500)

    def _login(self, _: Request, error: Exception) -> Response:
        assert isinstance(error, LoginNeeded)  # noqa: S101 - registered for this type
        return led(error.login)

    def _ended(self, request: Request, _: Exception) -> Response:
        """Lead to the login: with its token, the session has ended too."""
        response = led(to_login(page_of(request)))
        self._cookies.drop_session(response)
        return response

    def _http(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type
        response = self.missing(request)
        response.status_code = error.status_code
        response.headers.update(error.headers or {})
        return response

    def _refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)  # noqa: S101 - registered for this type
        if error.slug == LEVEL_TOO_LOW:
            return led(to_login(page_of(request), error.level))
        return self.missing(request) if error.status == 404 else self._page(request, "refused", 409)

    def _page(self, request: Request, what: str, status: int) -> Response:
        unknown = Visit(path_of(request), language_in(request))
        visit = getattr(request.state, "visit", unknown)
        return self._pages.page(visit, "error.html", status, what=what)
