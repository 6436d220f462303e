"""Who visits: dependencies of the routes, which let nobody in who may not."""

from dataclasses import dataclass

from starlette.requests import Request

from percorso.portal.pages.cookies import Cookies, language_in
from percorso.portal.pages.forms import MARK, fields_of
from percorso.portal.pages.paths import HOME, OPERATIONS, to_login
from percorso.portal.pages.visit import Forged, Known, LoginNeeded, Sent, Visit
from percorso.portal.sessions.session import Kind
from percorso.portal.sessions.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Visits:
    """Tells who visits a page."""

    sessions: Sessions
    cookies: Cookies

    async def anybody(self, request: Request) -> Visit:
        """Return a visit by whomever."""
        session = await self.sessions.find(self.cookies.session_of(request))
        visit = Visit(path_of(request), language_in(request), session)
        request.state.visit = visit  # if the page cannot be made, that of the error is theirs too
        return visit

    async def citizen(self, request: Request) -> Known:
        """Return a citizen's visit; LoginNeeded by anybody else."""
        return await self._known(request, to_login(page_of(request)), Kind.CITIZEN)

    async def operations(self, request: Request) -> Known:
        """Return a visit by somebody who looks after the stack; LoginNeeded by anybody else."""
        return await self._known(request, f"{OPERATIONS}/login", Kind.OPERATIONS)

    async def citizen_sent(self, request: Request) -> Sent:
        """Return a form of a citizen's session; Forged where another one shows itself in it."""
        return await _sent(request, await self.citizen(request))

    async def operations_sent(self, request: Request) -> Sent:
        """Return a form of a session of operations."""
        return await _sent(request, await self.operations(request))

    async def anybody_sent(self, request: Request) -> Sent:
        """Return a form of whoever has logged in."""
        return await _sent(request, await self._known(request, to_login(HOME), *Kind))

    async def _known(self, request: Request, login: str, *kinds: Kind) -> Known:
        visit = await self.anybody(request)
        if visit.session is None or visit.session.content.kind not in kinds:
            raise LoginNeeded(login)
        return Known(visit.path, visit.language, visit.session)


async def _sent(request: Request, visit: Known) -> Sent:
    fields = await fields_of(request)
    if not visit.session.secret.marks(fields.get(MARK, "")):
        raise Forged
    return Sent(visit, fields)


def page_of(request: Request) -> str:
    """Return the page to return to: of a form, the one that showed it."""
    if request.method == "GET":
        return path_of(request)
    return f"/{request.url.path.split('/')[1]}"


def path_of(request: Request) -> str:
    """Return the path of a request with its query."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path
