"""Routes of the login: to the provider, back from it, and the portal's way to who has logged in."""

import re
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from percorso.chassis.auth import Citizen, Service, Tokens, service
from percorso.chassis.problems import (
    InvalidRequest,
    Overloaded,
    Problem,
    ServiceUnavailable,
    Unauthorized,
    responses,
)
from percorso.identity.login.attempts import ATTEMPT_LIFETIME, Asked, random_text
from percorso.identity.login.faults import Refused, Told, told
from percorso.identity.login.logins import Answer, Logins
from percorso.identity.subjects.identifiers import InvalidIdentifier

PORTAL = "portal"  # the one service that has sessions of citizens
CALLBACK = "/v1/login/callback"
COOKIE = "percorso-login"
_BROWSER = re.compile(r"[A-Za-z0-9_-]{43}")
# A path of the portal: no other host (`//`, and `/\` as browsers read it), nothing unprintable.
_PATH = r"^/([!-.0-\[\]-~][!-\[\]-~]*)?$"
_CHALLENGE = r"^[A-Za-z0-9_-]{43}$"
_VERIFIER = r"^[A-Za-z0-9._~-]{43,128}$"
MAX_PATH = 1_024
MAX_ANSWER = 4_096  # characters of what a provider puts into the URL
_HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_TO_PROVIDER = {"description": "To the provider; while it is away, to the portal with an `error`"}
_TO_PORTAL = {
    "description": "To the portal, with a `code`, or with an `error`: "
    + ", ".join(f"`{word}`" for word in Told)
}


class NoLogin(Problem):
    """The code was used, is older than a minute, or belongs to another browser."""

    status = 403
    slug = "no-login"
    title = "The code opens no session"


class SessionBody(BaseModel):
    """What the portal has after the login."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    code: str = Field(min_length=1, max_length=128, description="From the redirect")
    verifier: str = Field(
        pattern=_VERIFIER, max_length=128, description="Of which the portal made the challenge"
    )
    visitor: str | None = Field(
        None,
        max_length=256,
        description="`agency:code` of the browser that logs in, to be linked with the person",
    )


class SessionView(BaseModel):
    """Who has logged in, as a token of theirs."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme, no secret
    expires_in: int = Field(description="Seconds")
    level: int = Field(ge=1, le=3, description="SPID level of the login; also the token's `acr`")
    return_to: str = Field(description="The path that the portal gave when the login began")
    link_id: UUID | None = Field(
        description="Of the visitor; null where none was given, or where another person has it"
    )


class Pages:
    """Where browsers are sent; `is_secure` where they reach us by https."""

    def __init__(self, portal_callback: str, *, is_secure: bool) -> None:
        self._callback = portal_callback
        self._is_secure = is_secure
        self._cookie = f"__Host-{COOKIE}" if is_secure else COOKIE

    def browser(self, request: Request) -> str:
        """Return by what we know the browser again; empty where we do not."""
        value = request.cookies.get(self._cookie, "")
        return value if _BROWSER.fullmatch(value) else ""

    def to_provider(self, url: str, browser: str) -> Response:
        """Send the browser away, so that we know it again; it may do so in several windows at once."""
        response = _redirect(url)
        response.set_cookie(
            self._cookie,
            browser,
            max_age=int(ATTEMPT_LIFETIME.total_seconds()),
            path="/",
            secure=self._is_secure,
            httponly=True,
            samesite="lax",
        )
        return response

    def to_portal(self, **members: str) -> Response:
        """Send the browser back to the one address of the portal that there is."""
        joint = "&" if "?" in self._callback else "?"
        return _redirect(f"{self._callback}{joint}{urlencode(members)}")


def browsers_router(logins: Logins, pages: Pages) -> APIRouter:
    """Return the routes that browsers come by."""
    routes = APIRouter(prefix="/v1/login", tags=["login"])

    @routes.get(
        "",
        summary="Log in at a provider of identities",
        status_code=303,
        response_class=Response,
        responses={303: _TO_PROVIDER, **responses(InvalidRequest, Overloaded, ServiceUnavailable)},
    )
    async def begin_login(
        request: Request,
        challenge: Annotated[
            str,
            Query(
                pattern=_CHALLENGE,
                max_length=43,
                description="SHA-256 of the portal's verifier (S256)",
            ),
        ],
        return_to: Annotated[
            str, Query(pattern=_PATH, max_length=MAX_PATH, description="Path within the portal")
        ] = "/",
        level: Annotated[int, Query(ge=1, le=3, description="SPID level, at the least")] = 2,
        provider: Annotated[
            str | None, Query(max_length=256, description="Issuer; the first one if none is given")
        ] = None,
    ) -> Response:
        """For browsers that the portal sends here; they come back to the portal's own address alone."""
        if provider is not None and not logins.knows(provider):
            raise InvalidRequest(errors=[{"pointer": "/query/provider", "title": "Is not known"}])
        browser = pages.browser(request) or random_text()
        try:
            url = await logins.begin(Asked(challenge, return_to, level), browser, provider)
        except Refused as refusal:
            return pages.to_portal(error=told(refusal.fault))
        return pages.to_provider(url, browser)

    @routes.get(
        "/callback",
        summary="Come back from a provider of identities",
        status_code=303,
        response_class=Response,
        responses={303: _TO_PORTAL, **responses(InvalidRequest, ServiceUnavailable)},
    )
    async def end_login(
        request: Request,
        state: Annotated[str, Query(max_length=256, description="As we sent it")],
        code: Annotated[
            str | None, Query(max_length=MAX_ANSWER, description="With which we ask who it was")
        ] = None,
        error: Annotated[
            str | None, Query(max_length=MAX_ANSWER, description="Why there is no code")
        ] = None,
        iss: Annotated[
            str | None, Query(max_length=256, description="The provider (RFC 9207)")
        ] = None,
    ) -> Response:
        """For browsers that a provider sends back; the code they carry on is good for a minute, once."""
        if len(request.query_params.multi_items()) > len(request.query_params):
            raise InvalidRequest(errors=[{"pointer": "/query", "title": "Has a member twice"}])
        try:
            given = await logins.end(Answer(state, code, error, iss), pages.browser(request))
        except Refused as refusal:
            return pages.to_portal(error=told(refusal.fault))
        return pages.to_portal(code=given)

    return routes


def sessions_router(
    tokens: Tokens, logins: Logins, sign: Callable[[Citizen], str], *, lifetime_s: int
) -> APIRouter:
    """Return the route by which the portal fetches a citizen's token; it lives so many seconds."""
    routes = APIRouter(prefix="/v1/login", tags=["login"])

    @routes.post(
        "/sessions",
        summary="Fetch who has logged in",
        status_code=201,
        responses=responses(Unauthorized, NoLogin, InvalidRequest),
    )
    async def open_session(
        by: Annotated[Service, Depends(service(tokens, PORTAL))],  # noqa: ARG001 - the portal alone
        body: SessionBody,
        response: Response,
    ) -> SessionView:
        """For the portal: the citizen's token, once, if the browser is the one that began there."""
        try:
            opened = await logins.open(body.code, body.verifier, body.visitor)
        except InvalidIdentifier as fault:
            raise InvalidRequest(errors=[{"pointer": "/visitor", "title": fault.title}]) from None
        if opened is None:
            raise NoLogin
        response.headers["Cache-Control"] = "no-store"
        login = opened.login
        return SessionView(
            access_token=sign(Citizen(login.subject, login.level)),
            expires_in=lifetime_s,
            level=login.level,
            return_to=login.return_to,
            link_id=opened.link_id,
        )

    return routes


def _redirect(url: str) -> Response:
    return Response(status_code=303, headers={**_HEADERS, "Location": url})
