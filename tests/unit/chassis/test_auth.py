"""Routes say who may call."""

from typing import Annotated

import httpx
import pytest
from fastapi import Depends, FastAPI

from percorso.chassis import auth, problems
from percorso.chassis.testing import Issuer


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


def create_app(issuer: Issuer) -> FastAPI:
    app = FastAPI()
    problems.install(app)
    tokens = issuer.tokens("journey")

    @app.get("/agency")
    async def of_agency(who: Annotated[auth.Agency, Depends(auth.agency(tokens))]) -> str:
        return who.code

    @app.get("/citizen")
    async def of_citizen(who: Annotated[auth.Citizen, Depends(auth.citizen(tokens, 2))]) -> str:
        return str(who.subject)

    @app.get("/operator")
    async def of_operator(
        who: Annotated[auth.Operator, Depends(auth.operator(tokens, auth.Role.DESK))],
    ) -> str:
        return who.case

    @app.get("/operations", dependencies=[Depends(auth.operator(tokens, auth.Role.OPERATIONS))])
    async def of_operations() -> str:
        return "ok"

    @app.get("/service", dependencies=[Depends(auth.service(tokens, "insights"))])
    async def of_service() -> str:
        return "ok"

    @app.get("/any")
    async def of_anyone(who: Annotated[auth.Caller, Depends(auth.caller(tokens))]) -> str:
        return type(who).__name__

    return app


async def status(issuer: Issuer, path: str, header: str | None) -> int:
    headers = {} if header is None else {"authorization": header}
    transport = httpx.ASGITransport(create_app(issuer))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get(path, headers=headers)
    is_problem = response.headers["content-type"] == "application/problem+json"
    assert is_problem == (response.status_code != 200)
    return response.status_code


async def test_each_door_opens_for_its_own_caller(issuer: Issuer) -> None:
    headers = {
        "/agency": issuer.agency("journey"),
        "/citizen": issuer.citizen("journey"),
        "/operator": issuer.operator("journey"),
        "/operations": issuer.operator("journey", role="operations"),
        "/service": issuer.service("journey", "insights"),
    }

    for path, header in headers.items():
        assert await status(issuer, path, header) == 200
        assert await status(issuer, "/any", header) == 200
        assert await status(issuer, path, None) == 401
        others = {other for name, other in headers.items() if "oper" not in name}
        for other in others - {header}:
            assert await status(issuer, path, other) == 403


async def test_a_low_level_does_not_open_and_is_told_which_would(issuer: Issuer) -> None:
    header = {"Authorization": issuer.citizen("journey", level=1)}
    transport = httpx.ASGITransport(create_app(issuer))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        answer = await client.get("/citizen", headers=header)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:percorso:problem:level-too-low"
    assert answer.json()["level"] == 2
    assert answer.headers["www-authenticate"] == (
        'Bearer error="insufficient_user_authentication", '
        'acr_values="https://www.spid.gov.it/SpidL2"'
    )


async def test_another_role_or_service_does_not_open(issuer: Issuer) -> None:
    assert await status(issuer, "/operations", issuer.operator("journey", role="desk")) == 403
    assert await status(issuer, "/service", issuer.service("journey", "portal")) == 403


async def test_an_issuer_that_is_away_is_503(issuer: Issuer) -> None:
    issuer.is_away = True

    assert await status(issuer, "/any", issuer.agency("journey")) == 503


def test_the_description_names_the_scheme(issuer: Issuer) -> None:
    described = create_app(issuer).openapi()

    assert described["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert described["paths"]["/agency"]["get"]["security"] == [{"bearer": []}]
