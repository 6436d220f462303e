"""FastAPI dependencies that say who calls, or refuse."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from percorso.chassis.callers import Agency, Caller, Citizen, Operator, Role, Service, acr
from percorso.chassis.problems import Forbidden, Problem
from percorso.chassis.tokens import Tokens

__all__ = [
    "Agency",
    "Caller",
    "Citizen",
    "LevelTooLow",
    "Operator",
    "Role",
    "Service",
    "Tokens",
    "agency",
    "caller",
    "citizen",
    "operator",
    "reader",
    "service",
]

# Stands in the description only: `Tokens` reads the header itself.
_BEARER = HTTPBearer(
    bearerFormat="JWT",
    scheme_name="bearer",
    description="A JWT (`typ: at+jwt`) of a trusted issuer for this service",
    auto_error=False,
)
_Described = Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)]
C = TypeVar("C", Agency, Citizen, Operator, Service)
Dependency = Callable[[Request, _Described], Awaitable[C]]


class LevelTooLow(Problem):
    """A citizen whose login was not sure enough; `level` is the one to log in at (RFC 9470)."""

    status = 403
    slug = "level-too-low"
    title = "A login at a higher level is needed"

    def __init__(self, level: int) -> None:
        error = "insufficient_user_authentication"
        challenge = f'Bearer error="{error}", acr_values="{acr(level)}"'
        super().__init__(headers={"WWW-Authenticate": challenge}, level=level)


def caller(tokens: Tokens) -> Callable[[Request, _Described], Awaitable[Caller]]:
    """Return a dependency that gives whoever calls; the route decides what each may do."""

    async def dependency(request: Request, _: _Described) -> Caller:
        return await tokens.verify(request.headers.get("authorization"))

    return dependency


def agency(tokens: Tokens) -> Dependency[Agency]:
    """Return a dependency that gives the agency that calls."""
    return _only(tokens, Agency, lambda _: True)


def citizen(tokens: Tokens, level: int = 1) -> Dependency[Citizen]:
    """Return a dependency that gives the citizen, logged in at `level` at least."""
    at_any_level = _only(tokens, Citizen, lambda _: True)

    async def dependency(request: Request, described: _Described) -> Citizen:
        found = await at_any_level(request, described)
        if found.level < level:
            raise LevelTooLow(level)
        return found

    return dependency


def operator(tokens: Tokens, *roles: Role) -> Dependency[Operator]:
    """Return a dependency that gives the operator who calls, in one of these roles."""
    return _only(tokens, Operator, lambda found: found.role in roles)


def reader(tokens: Tokens) -> Dependency[Operator]:
    """Return a dependency that gives the operator who may be shown something of a citizen's."""
    return operator(tokens, Role.DESK, Role.OWNER)


def service(tokens: Tokens, *names: str) -> Dependency[Service]:
    """Return a dependency that gives the service that calls, one of the names."""
    return _only(tokens, Service, lambda found: found.name in names)


def _only(tokens: Tokens, kind: type[C], may: Callable[[C], bool]) -> Dependency[C]:
    async def dependency(request: Request, _: _Described) -> C:
        found = await tokens.verify(request.headers.get("authorization"))
        if not isinstance(found, kind) or not may(found):
            raise Forbidden
        return found

    return dependency
