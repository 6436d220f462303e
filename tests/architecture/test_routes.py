"""Every route asks who calls, or is in a short list of those that anybody may call."""

import re
from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from docs.generate.applications import opened
from tests.support.repository import SERVICES

# The portal has pages for browsers: tests/integration/portal walks those.
APIS = [name for name in SERVICES if name != "portal"]
NO_API = {"/docs", "/docs/oauth2-redirect", "/openapi.json", "/redoc"}
# What verifiers of tokens need, the catalogues, which are public, and where nobody has logged in yet.
OPEN = {
    *NO_API,
    "/.well-known/jwks.json",
    "/v1/login",
    "/v1/login/callback",
    "/v1/services",
    "/v1/types",
    "/v1/types/{type}",
    "/v1/verifications",
}


@pytest.fixture(params=APIS)
async def app(request: pytest.FixtureRequest) -> AsyncIterator[FastAPI]:
    """Give a service's application; nothing it needs is there, and nothing is asked for."""
    async with opened(request.param) as parts:
        assert parts.app is not None
        yield parts.app


async def test_whoever_shows_no_token_is_refused(app: FastAPI) -> None:
    routes = {route for route in _routes(app.routes) if route[1] not in OPEN}

    async with _client(app) as client:
        answers = {
            (method, path): (await client.request(method, _filled(path))).status_code
            for method, path in routes
        }

    assert answers
    assert {route: code for route, code in answers.items() if code != 401} == {}


async def test_every_route_of_ours_is_described(app: FastAPI) -> None:
    described = {
        (method.upper(), path): operation.get("summary")
        for path, operations in app.openapi()["paths"].items()
        for method, operation in operations.items()
    }

    assert described.keys() == {route for route in _routes(app.routes) if route[1] not in NO_API}
    assert [route for route, summary in described.items() if not summary] == []


def _routes(routes: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from _routes(included.routes, prefix + route.include_context.prefix)
        else:
            yield from ((method, prefix + route.path) for method in route.methods - {"HEAD"})


def _filled(path: str) -> str:
    return re.sub(r"{\w+}", "1", path)


def _client(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url="http://service"
    )
