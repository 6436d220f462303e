"""Stands around the pages: gives a code to browsers in which nobody has logged in, and takes it from others."""

from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from percorso.events.errors import Unavailable
from percorso.portal.pages.cookies import Cookies
from percorso.portal.pages.visit import Visit
from percorso.portal.visitors.visitors import Visitors

LOGIN = "/login"


class Giving:
    """Wraps the application.

    A page that somebody may read before they go to the agency's site gives a code; that of the login
    does not, or each login would link a browser that was nowhere. Whoever has logged in has none:
    what is done at the agency's site from then on, until the next such page, is nobody's.
    """

    def __init__(self, app: ASGIApp, visitors: Visitors, cookies: Cookies) -> None:
        self._app = app
        self._visitors = visitors
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                with suppress(Unavailable):  # a page is worth more than its visitor's code
                    await self._renew(request, MutableHeaders(scope=message))
            await send(message)

        await self._app(scope, receive, sending)

    async def _renew(self, request: Request, headers: MutableHeaders) -> None:
        visit: Visit | None = getattr(request.state, "visit", None)
        held, renewed = self._cookies.visitor_of(request), Response()
        if visit is None or await self._may_stay(visit, headers, held):
            return
        if visit.session is None and not visit.path.startswith(LOGIN):
            self._cookies.keep_visitor(renewed, self._visitors.new())
        elif held:
            self._cookies.drop_visitor(renewed)
        for cookie in renewed.headers.getlist("set-cookie"):
            headers.append("Set-Cookie", cookie)

    async def _may_stay(self, visit: Visit, headers: MutableHeaders, held: str) -> bool:
        """Say whether the browser goes on with what it holds, if anything."""
        if visit.session is not None:
            return not held
        return not _is_page(headers) or await self._visitors.is_good(held)


def _is_page(headers: MutableHeaders) -> bool:
    """Say whether an answer is shown: that of a login leads on, to what has no code."""
    return headers.get("content-type", "").startswith("text/html")
