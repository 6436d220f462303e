"""Routes of our own issuer: its public key, and tokens for whoever holds the local secret."""

import hmac
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from percorso.chassis.callers import MAX_CLAIM, Agency, Caller, Citizen, Operator, Role
from percorso.chassis.problems import Problem, Unauthorized, responses
from percorso.identity.agencies.registrations import CODE_PATTERN
from percorso.identity.agencies.registry import Registry
from percorso.identity.subjects import identifiers
from percorso.identity.subjects.body import IdentifierBody
from percorso.identity.subjects.identifiers import NameSubject
from percorso.identity.tokens.issuer import LIFETIME_S, Issuer

KEYS_MAX_AGE_S = 300
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


Asked = Annotated[AgencyAsked | CitizenAsked | OperatorAsked, Field(discriminator="caller")]


class TokenAnswer(BaseModel):
    """A token, as OAuth 2.0 answers one."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of the scheme, no secret
    expires_in: int = LIFETIME_S


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
