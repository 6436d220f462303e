"""Routes of our own issuer: its public key, tokens for our services and for the local secret."""

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl

from asyncpg import Pool
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from percorso.chassis import logs, validation
from percorso.chassis.callers import MAX_CLAIM, Agency, Caller, Citizen, Operator, Role, Service
from percorso.chassis.clock import Clock
from percorso.chassis.postgres import transaction
from percorso.chassis.problems import (
    InvalidRequest,
    MalformedBody,
    Problem,
    ServiceUnavailable,
    Unauthorized,
    responses,
)
from percorso.identity.agencies.registrations import CODE_PATTERN
from percorso.identity.agencies.registry import Registry
from percorso.identity.subjects import identifiers
from percorso.identity.subjects.body import IdentifierBody
from percorso.identity.subjects.identifiers import NameSubject
from percorso.identity.tokens import client_assertions, store
from percorso.identity.tokens.client_assertions import Assertion, Fault, Refused
from percorso.identity.tokens.issuer import LIFETIME_S, Issuer

KEYS_MAX_AGE_S = 300
SERVICE_TOKENS = "/v1/service-tokens"
SERVICE_LIFETIME_S = 600  # a key that was taken out of the file opens nothing after this
MAX_FORM = 8_192  # bytes; the assertion and four short fields
_log = logs.get(__name__)

LOCAL_PURPOSE = "5f1d2c5e-0000-8000-8000-6c6f63616c00"  # no purpose of PDND: an invented one

Code = Annotated[str, StringConstraints(pattern=CODE_PATTERN, max_length=32)]
# What a claim may hold, so that verifiers take it: printable characters, of separators the space.
Line = Annotated[str, StringConstraints(pattern=r"^([^\p{C}\p{Z}]| )+$", max_length=MAX_CLAIM)]


class UnknownAgency(Problem):
    """An agency that is not registered."""

    status = 404
    slug = "unknown-agency"
    title = "The agency is not registered"


class InvalidIdentifier(Problem):
    """An identifier that names nobody; `errors` says why."""

    status = 422
    slug = "invalid-identifier"
    title = "The citizen's identifier is not valid"


class InvalidClient(Problem):
    """A caller that did not prove to be one of our services; `error` is OAuth's word for it."""

    status = 401
    slug = "invalid-client"
    title = "The client assertion does not prove a service"

    def __init__(self, fault: Fault) -> None:
        super().__init__(
            fault.value, headers={"WWW-Authenticate": "Bearer"}, error="invalid_client"
        )


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class AgencyAsked(_Asked):
    """A token of a registered agency."""

    caller: Literal["agency"]
    code: Code


class CitizenAsked(_Asked):
    """A token of the citizen whom the identifier names."""

    caller: Literal["citizen"]
    identifier: IdentifierBody
    level: int = Field(2, ge=1, le=3, description="SPID level of the login")


class OperatorAsked(_Asked):
    """A token of an operator of a registered agency."""

    caller: Literal["operator"]
    agency: Code
    role: Role
    purpose: Line
    case: Line


class ServiceTokenAsked(BaseModel):
    """A service's request (RFC 6749, section 4.4; RFC 7523; RFC 8707); other fields are ignored."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    grant_type: Literal["client_credentials"]
    client_assertion_type: Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"]
    client_assertion: str = Field(
        max_length=client_assertions.MAX_ASSERTION,
        description="JWT signed with ES256 by the service's key: `kid`, `iss` and `sub` are its "
        "name, `aud` this route's URL or our issuer alone, `jti` never used before, `exp` within "
        "five minutes",
    )
    resource: Literal[
        "urn:percorso:identity",
        "urn:percorso:journey",
        "urn:percorso:insights",
        "urn:percorso:notifications",
        "urn:percorso:portal",
    ] = Field(description="The service that is to be called")


# By hand: FastAPI reads forms with another library, whose files and parts nobody sends here.
_FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {"schema": ServiceTokenAsked.model_json_schema()}
    },
}

Asked = Annotated[AgencyAsked | CitizenAsked | OperatorAsked, Field(discriminator="caller")]


class TokenAnswer(BaseModel):
    """A token, as OAuth 2.0 answers one."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme, no secret
    expires_in: int = LIFETIME_S


class Clients:
    """Our services, by what they prove; `urls` are those of our issuer and of this service."""

    def __init__(
        self, pool: Pool, keys: Mapping[str, ECKey], urls: Iterable[str], clock: Clock
    ) -> None:
        self._pool = pool
        self._keys = keys
        self._audiences = {
            name for url in urls for name in (url, f"{url.rstrip('/')}{SERVICE_TOKENS}")
        }
        self._clock = clock

    def read(self, text: str) -> Assertion:
        """Return what an assertion proves; InvalidClient if that is nothing."""
        try:
            return client_assertions.read(
                text, self._keys, audiences=self._audiences, now=self._clock.timestamp()
            )
        except Refused as refusal:
            raise InvalidClient(refusal.fault) from None

    async def use(self, assertion: Assertion) -> None:
        """Use the assertion up; InvalidClient if it was used before."""
        async with transaction(self._pool) as connection:
            is_first = await store.use(connection, assertion, self._clock.now())
        if not is_first:
            raise InvalidClient(Fault.USED)


def keys_router(issuer: Issuer) -> APIRouter:
    """Return the route of the issuer's public key."""
    routes = APIRouter(tags=["tokens"])

    @routes.get("/.well-known/jwks.json", summary="The public key of our issuer")
    async def list_keys() -> JSONResponse:
        """For everybody: a JSON Web Key Set (RFC 7517), with which our tokens are verified."""
        return JSONResponse(
            issuer.jwks, headers={"Cache-Control": f"public, max-age={KEYS_MAX_AGE_S}"}
        )

    return routes


def services_router(issuer: Issuer, clients: Clients) -> APIRouter:
    """Return the route that gives a service its token."""
    routes = APIRouter(tags=["tokens"])

    @routes.post(
        SERVICE_TOKENS,
        summary="Ask for a token as one of our services",
        responses=responses(MalformedBody, InvalidClient, InvalidRequest, ServiceUnavailable),
        openapi_extra={"requestBody": _FORM},
    )
    async def ask_service_token(request: Request, response: Response) -> TokenAnswer:
        """For our services: OAuth 2.0 client credentials with private_key_jwt; ten minutes long."""
        fields = await _form(request)
        if "client_assertion" not in fields:
            raise InvalidClient(Fault.MISSING)
        assertion = clients.read(fields["client_assertion"])
        if fields.get("client_id", assertion.service) != assertion.service:
            raise InvalidClient(Fault.CLAIMS)
        asked = _asked(fields)
        await clients.use(assertion)
        _log.info("a service has its token", client=assertion.service, audience=asked.resource)
        response.headers["Cache-Control"] = "no-store"
        token = issuer.sign(
            Service(assertion.service), audience=[asked.resource], lifetime_s=SERVICE_LIFETIME_S
        )
        return TokenAnswer(access_token=token, expires_in=SERVICE_LIFETIME_S)

    return routes


def local_router(
    issuer: Issuer, registry: Registry, name_subject: NameSubject, secret: str
) -> APIRouter:
    """Return the route that gives a token of anybody to whoever holds the secret: local only."""
    routes = APIRouter(tags=["tokens"], dependencies=[Depends(_holder_of(secret))])

    @routes.post(
        "/v1/tokens",
        summary="Ask for a token; only in the local stack",
        status_code=201,
        responses=responses(Unauthorized, UnknownAgency, InvalidIdentifier),
    )
    async def ask_token(body: Asked, response: Response) -> TokenAnswer:
        """For whoever holds the local stack's secret; there is no such route without that secret."""
        match body:
            case AgencyAsked():
                await _check_registered(registry, body.code)
                caller: Caller = Agency(body.code, LOCAL_PURPOSE)
            case CitizenAsked():
                caller = await _citizen(registry, name_subject, body)
            case OperatorAsked():
                await _check_registered(registry, body.agency)
                caller = _operator(body)
        response.headers["Cache-Control"] = "no-store"
        return TokenAnswer(access_token=issuer.sign(caller))

    return routes


async def _form(request: Request) -> dict[str, str]:
    """Return the fields of the form; no field may stand in it twice (RFC 6749, section 3.2)."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_FORM:
            raise MalformedBody(f"a request has at most {MAX_FORM} bytes")
    try:
        pairs = parse_qsl(body.decode("ascii"), errors="strict", max_num_fields=20)
    except ValueError:
        raise MalformedBody from None
    if len(dict(pairs)) != len(pairs):
        raise MalformedBody("a field stands in it twice")
    return dict(pairs)


def _asked(fields: Mapping[str, str]) -> ServiceTokenAsked:
    try:
        return ServiceTokenAsked.model_validate(fields)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        raise InvalidRequest(
            errors=[
                {"pointer": f"/{fault['loc'][0]}", "title": validation.title(fault)}
                for fault in faults
            ]
        ) from None


def _holder_of(secret: str) -> Callable[[Request], Any]:
    expected = secret.encode()

    async def dependency(request: Request) -> None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        is_it = hmac.compare_digest(given.encode(), expected)
        if scheme.lower() != "bearer" or not is_it:
            raise Unauthorized

    return dependency


async def _check_registered(registry: Registry, code: str) -> None:
    if await registry.find(code) is None:
        raise UnknownAgency


async def _citizen(registry: Registry, name_subject: NameSubject, asked: CitizenAsked) -> Citizen:
    scheme, value = asked.identifier.scheme, asked.identifier.value
    agency = identifiers.agency_of(value) if scheme in identifiers.OWN_SCHEMES else None
    if agency:
        await _check_registered(registry, agency)
    try:
        subject = name_subject(agency, scheme, value)
    except identifiers.InvalidIdentifier as error:
        fault = {"pointer": f"/identifier{error.pointer}", "title": error.title}
        raise InvalidIdentifier(errors=[fault]) from None
    return Citizen(subject, asked.level)


def _operator(asked: OperatorAsked) -> Operator:
    return Operator(
        subject=f"{asked.role}@{asked.agency}",
        agency=asked.agency,
        role=asked.role,
        purpose=asked.purpose,
        case=asked.case,
    )
