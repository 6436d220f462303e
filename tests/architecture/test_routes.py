"""Every route asks who calls, or is in a short list of those that anybody may call."""

import json
import re
from collections.abc import AsyncIterator, Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from percorso.local import keys
from percorso.local.home import Home
from tests.support.repository import SERVICES

NO_API = {"/docs", "/docs/oauth2-redirect", "/openapi.json", "/redoc"}
# What verifiers of tokens need, and the catalogue, which is public.
OPEN = {*NO_API, "/.well-known/jwks.json", "/v1/types", "/v1/types/{type}"}
ISSUER = "http://127.0.0.1:1"
NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"


@pytest.fixture(params=SERVICES)
async def app(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[FastAPI]:
    """Give a service's application; nothing it needs is there, and nothing is asked for."""
    name: str = request.param
    _set_environment(monkeypatch, name.upper(), tmp_path)
    settings = import_module(f"percorso.{name}.settings").Settings()
    async with import_module(f"percorso.{name}.service").build(settings, only=None) as parts:
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


def _set_environment(monkeypatch: pytest.MonkeyPatch, service: str, folder: Path) -> None:
    home = Home(folder)
    home.secrets.mkdir()
    keys.make(home)
    issuers = [{"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks.json", "callers": ["agency"]}]
    files = {
        "SUBJECT_KEY_FILE": keys.SUBJECT_KEY,
        "ISSUER_KEY_FILE": keys.ISSUER_KEY,
        "LOCAL_SECRET_FILE": keys.LOCAL_SECRET,
        "CURSOR_KEY_FILE": keys.CURSOR_KEY,
    }
    monkeypatch.setenv("PERCORSO_KAFKA", "127.0.0.1:1")
    monkeypatch.setenv("PERCORSO_ISSUERS", json.dumps(issuers))
    monkeypatch.setenv(f"PERCORSO_{service}_POSTGRES", NOWHERE)
    monkeypatch.setenv(f"PERCORSO_{service}_ISSUER", ISSUER)
    for name, file in files.items():
        monkeypatch.setenv(f"PERCORSO_{service}_{name}", str(home.secrets / file))


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
