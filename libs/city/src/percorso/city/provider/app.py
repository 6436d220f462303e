"""The provider over HTTP: the authorization code with PKCE, and nothing else."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from percorso.city.provider import clients, pages, pkce, requests
from percorso.city.provider.clients import Client, Untrusted
from percorso.city.provider.memory import Memory, Now
from percorso.city.provider.persons import FISCAL_NUMBER, Claims, Persons
from percorso.city.provider.requests import LEVELS, Refused, Request, Unanswerable
from percorso.city.provider.signing import ENCRYPTION, Signer

REQUEST_S = 300.0  # to choose who one is
CODE_S = 60.0
TOKEN_S = 120.0
MAX_FORM = 16_384  # bytes; an assertion and some short fields
HEADERS = {
    "Cache-Control": "no-store",
    # Without `form-action`: Chromium applies it to the redirects after a form too, up to the portal.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Grant(NamedTuple):
    """That somebody has logged in for a request."""

    request: Request
    claims: Claims
    level: int


class Provider:
    """The parts of the provider; `clients` are by their names."""

    def __init__(
        self,
        issuer: str,
        *,
        signer: Signer,
        registered: Mapping[str, Client],
        persons: Persons,
        now: Now,
    ) -> None:
        self._issuer = issuer
        self._signer = signer
        self._clients = registered
        self._persons = persons
        self._now = now
        self._requests: Memory[Request] = Memory(REQUEST_S, now)
        self._codes: Memory[Grant] = Memory(CODE_S, now)
        self._tokens: Memory[Grant] = Memory(TOKEN_S, now)
        # As long as an assertion may live; those of a local stack never reach so many.
        self._used: Memory[bool] = Memory(clients.MAX_LIFETIME_S, now, most=100_000)

    def app(self) -> Starlette:
        """Return the application."""
        return Starlette(
            routes=[
                Route("/", self._welcome),
                Route("/style.css", self._style),
                Route("/health", self._health),
                Route("/.well-known/openid-configuration", self._configuration),
                Route("/jwks.json", self._keys),
                Route("/authorize", self._ask),
                Route("/authorize", self._log_in, methods=["POST"]),
                Route("/token", self._token, methods=["POST"]),
                Route("/userinfo", self._user_info),
            ]
        )

    async def _welcome(self, _: HttpRequest) -> Response:
        return _page(pages.welcome())

    async def _style(self, _: HttpRequest) -> Response:
        return Response(pages.STYLE, media_type="text/css")

    async def _health(self, _: HttpRequest) -> Response:
        return PlainTextResponse("ok\n")

    async def _configuration(self, _: HttpRequest) -> Response:
        return JSONResponse(configuration(self._issuer))

    async def _keys(self, _: HttpRequest) -> Response:
        return JSONResponse(self._signer.jwks)

    async def _ask(self, http: HttpRequest) -> Response:
        try:
            request = requests.read(
                _once(http.query_params), self._clients, self._issuer, self._now()
            )
        except Unanswerable:
            return _page(pages.refusal(), 400)
        except Refused as refused:
            return _away(refused.location)
        name = self._requests.keep(request)
        return _page(pages.choice(request, name, self._persons.shown))

    async def _log_in(self, http: HttpRequest) -> Response:
        form = await _form(http)
        name = form.get("login", "")
        request = self._requests.read(name)
        if request is None:
            return _page(pages.refusal(), 400)
        if form.get("do") == "cancel":
            self._requests.take(name)
            return _away(request.answer(self._issuer, error="access_denied"))
        claims = self._persons.find(form.get("person") or form.get("code", ""))
        if claims is None:
            page = pages.choice(request, name, self._persons.shown, pages.UNKNOWN)
            return _page(page, 422)
        self._requests.take(name)
        code = self._codes.keep(Grant(request, claims, _level(form, request)))
        return _away(request.answer(self._issuer, code=code))

    async def _token(self, http: HttpRequest) -> Response:
        form = await _form(http)
        client = self._authenticated(form)
        if client is None:
            return _refused("invalid_client", 401)
        if form.get("grant_type") != "authorization_code":
            return _refused("unsupported_grant_type")
        grant = self._codes.take(form.get("code", ""))  # also by a wrong verifier: no second guess
        if grant is None or not _is_for(grant.request, client, form):
            return _refused("invalid_grant")
        return JSONResponse(self._tokens_of(grant), headers=HEADERS)

    async def _user_info(self, http: HttpRequest) -> Response:
        scheme, _, token = http.headers.get("authorization", "").partition(" ")
        grant = self._tokens.read(token) if scheme.lower() == "bearer" else None
        if grant is None:
            return Response(status_code=401, headers={**HEADERS, "WWW-Authenticate": "Bearer"})
        asked = {
            name: value for name, value in grant.claims.items() if name in grant.request.attributes
        }
        client = grant.request.client
        text = self._signer.user_info(client, self._now(), {**asked, **self._subject(grant)})
        return Response(text, media_type="application/jose", headers=HEADERS)

    def _authenticated(self, form: Mapping[str, str]) -> Client | None:
        """Return the client that has proved its name by an assertion nobody has used before."""
        client = self._clients.get(form.get("client_id", ""))
        if client is None or form.get("client_assertion_type") != clients.ASSERTION_TYPE:
            return None
        audiences = [f"{self._issuer}/token", self._issuer]
        text = form.get("client_assertion", "")
        try:
            jti = clients.assertion_id(clients.signed(text, client, audiences, self._now()), client)
        except Untrusted:
            return None
        return client if self._used.add(f"{client.client_id} {jti}", value=True) else None

    def _tokens_of(self, grant: Grant) -> dict[str, Any]:
        access_token = self._tokens.keep(grant)
        claims = {
            **self._subject(grant),
            "nonce": grant.request.nonce,
            "acr": next(name for name, level in LEVELS.items() if level == grant.level),
        }
        client = grant.request.client
        return {
            "access_token": access_token,
            "token_type": "Bearer",
            "expires_in": int(TOKEN_S),
            "id_token": self._signer.id_token(client, access_token, self._now(), claims),
        }

    def _subject(self, grant: Grant) -> dict[str, str]:
        client, number = grant.request.client, grant.claims[FISCAL_NUMBER]
        return {"sub": self._signer.subject(client, number)}


def configuration(issuer: str) -> dict[str, Any]:
    """Return the description of the provider (OpenID Connect Discovery)."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks.json",
        "scopes_supported": ["openid"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["pairwise"],
        "acr_values_supported": list(LEVELS),
        "claims_supported": [*pages.ATTRIBUTES],
        "claims_parameter_supported": True,
        "request_parameter_supported": True,
        "request_object_signing_alg_values_supported": clients.ALGORITHMS,
        "id_token_signing_alg_values_supported": ["RS256"],
        "userinfo_signing_alg_values_supported": ["RS256"],
        "userinfo_encryption_alg_values_supported": [ENCRYPTION["alg"]],
        "userinfo_encryption_enc_values_supported": [ENCRYPTION["enc"]],
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": clients.ALGORITHMS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


def _level(form: Mapping[str, str], request: Request) -> int:
    """Return the level that was chosen; never less than what was asked for."""
    chosen = form.get("level", "")
    return max(request.level, int(chosen)) if chosen in {"1", "2", "3"} else request.level


def _is_for(request: Request, client: Client, form: Mapping[str, str]) -> bool:
    return (
        request.client.client_id == client.client_id
        and request.redirect_uri == form.get("redirect_uri")
        and pkce.proves(form.get("code_verifier", ""), request.challenge)
    )


async def _form(http: HttpRequest) -> dict[str, str]:
    """Return the fields of a form; none where it is too large, unreadable, or has one twice."""
    body = b""
    async for part in http.stream():
        body += part
        if len(body) > MAX_FORM:
            return {}
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=20)
    except ValueError:
        return {}
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


def _once(query: QueryParams) -> dict[str, str]:
    """Return the parameters; none where one stands there twice."""
    pairs = query.multi_items()
    return dict(pairs) if len(dict(pairs)) == len(pairs) else {}


def _page(text: str, status: int = 200) -> Response:
    return HTMLResponse(text, status, headers=HEADERS)


def _away(location: str) -> Response:
    return Response(status_code=303, headers={**HEADERS, "Location": location})


def _refused(error: str, status: int = 400) -> Response:
    return JSONResponse({"error": error}, status, headers=HEADERS)
