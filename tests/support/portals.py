"""The portal in this process, and stand-ins for the services it asks, over real HTTP."""

import asyncio
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from percorso.chassis import runtime
from percorso.chassis.clock import SystemClock
from percorso.chassis.health import Health
from percorso.portal import service
from percorso.portal.pages.forms import MARK
from percorso.portal.sessions.session import Content, Kind, Session
from percorso.portal.sessions.sessions import Sessions
from percorso.portal.settings import Settings
from tests.support import identities, wires
from tests.support.databases import Database

Json = dict[str, Any]
Answer = Json | int | Callable[[Request], Awaitable[Response]]
HOST = "portal.example"
URL = f"http://{HOST}"
AGENCIES = '{"c_a182": "Comune", "percorso": "Percorso"}'
FORM = re.compile(r'<form [^>]*action="([^"]*)".*?</form>', re.DOTALL)
INPUT = re.compile(r'<(?:input|button)[^>]*\bname="([^"]*)"[^>]*\bvalue="([^"]*)"')


class Services:
    """What the other services answer: by method and path a document, a status, or a function.

    What is not said answers 503, as a service does that cannot. `asked` has every request.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.asked: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        await request.body()
        self.asked.append(request)
        answer = self.answers.get(f"{request.method} {request.url.path}", 503)
        await (await _response(answer, request))(scope, receive, send)

    def callers(self, path: str) -> list[str | None]:
        """Return who asked for a path, by the header."""
        return [each.headers.get("authorization") for each in self.asked if each.url.path == path]


async def _response(answer: Answer, request: Request) -> Response:
    if isinstance(answer, int):
        return JSONResponse({"type": "urn:percorso:problem:tried"}, answer)
    return JSONResponse(answer) if isinstance(answer, dict) else await answer(request)


@dataclass(frozen=True, slots=True)
class Portal:
    """One portal that runs, with the services that it asks."""

    url: str
    app: ASGIApp
    services: Services
    sessions: Sessions
    parts: runtime.Parts
    cookie: str

    @asynccontextmanager
    async def browser(self, session: Session | None = None) -> AsyncIterator["Browser"]:
        """Yield a browser, in which somebody may have logged in; it follows no redirect."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=self.url, timeout=30) as http:
            if session is not None:
                http.cookies.set(self.cookie, session.secret.text, domain=HOST)
            yield Browser(http, self.url)

    async def citizen(self, bearer: str = "citizen", level: int = 2) -> Session:
        """Return the session of a citizen with a token."""
        content = Content(kind=Kind.CITIZEN, token=bearer, level=level)
        return await self.sessions.begin(content, timedelta(hours=1))

    async def operations(self, bearer: str = "operations") -> Session:
        """Return the session of somebody who looks after the stack."""
        content = Content(kind=Kind.OPERATIONS, token=bearer)
        return await self.sessions.begin(content, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser does, without scripts."""

    http: httpx.AsyncClient
    origin: str
    headers: Mapping[str, str] = field(default_factory=dict)

    async def open(self, path: str) -> httpx.Response:
        """Open a page."""
        return await self.http.get(path, headers=self.headers)

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """Send fields as a form of the portal's own pages."""
        return await self.http.post(path, data=fields, headers={"Origin": self.origin})

    async def submit(self, page: httpx.Response, action: str, **changed: str) -> httpx.Response:
        """Send the form of a page that leads to `action`, with what stands in it, changed."""
        form = next(each[0] for each in FORM.finditer(page.text) if each[1] == action)
        fields = {name: unescape(value) for name, value in INPUT.findall(form)}
        return await self.send(action, **(fields | changed))


def mark(page: httpx.Response) -> str:
    """Return the mark of a page's forms."""
    found: str = next(value for name, value in INPUT.findall(page.text) if name == MARK)
    return found


@asynccontextmanager
async def running(
    folder: Path, database: Database, *, url: str = URL, **changed: Any
) -> AsyncIterator[Portal]:
    """Run the portal with stand-ins for the services; yield when it is ready."""
    services = Services()
    async with AsyncExitStack() as stack:
        listener = await stack.enter_async_context(wires.listening(services))
        settings = _settings(folder, database, f"http://127.0.0.1:{listener.port}", url, changed)
        parts = await stack.enter_async_context(service.build(settings, only=None))
        health, stop = Health(parts.checks), asyncio.Event()
        workers = asyncio.gather(*(worker(stop) for worker in parts.workers.values()))
        app = runtime.application(runtime.Identity("portal", "0"), parts, health)
        pool = await stack.enter_async_context(database.pool(2))
        sessions = Sessions(pool, SystemClock(), settings.idle, settings.longest)
        await health.ask()
        cookie = "__Host-percorso_session" if url.startswith("https") else "percorso_session"
        try:
            yield Portal(url, app, services, sessions, parts, cookie)
        finally:
            stop.set()
            parts.on_stop()
            await workers


def _settings(
    folder: Path, database: Database, services: str, url: str, changed: Mapping[str, Any]
) -> Settings:
    identities.service_keys(folder)
    given: dict[str, Any] = {
        "postgres": SecretStr(database.application),
        "public_url": url,
        "service_key_file": identities.service_key(folder, "portal"),
        "agencies": AGENCIES,
        **{f"{name}_url": services for name in ("identity", "journey", "insights")},
        "notifications_url": services,
        **changed,
    }
    return Settings(**given)


def an_item(**changed: Any) -> Json:
    """Return a touchpoint as journey gives it."""
    item: Json = {
        "id": "2026-000123",
        "source": "urn:it:c_a182:anagrafe",
        "type": "eu.percorso.application.received.v1",
        "occurred_at": "2026-05-04T10:00:00.120Z",
        "received_at": "2026-05-04T10:00:00.345Z",
        "agency": "c_a182",
        "channel": "01.1.1",
        "service": "cambio-residenza",
        "matter": "AN/2026/123",
        "outcome": None,
        "touchpoint": {"channel": "01.1.1", "protocol": "2026/44871"},
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }
    return item | changed


def a_page(*items: Json, next_cursor: str | None = None, freshness_ms: int = 0) -> Json:
    """Return a page of a timeline as journey gives it."""
    return {"items": list(items), "next_cursor": next_cursor, "freshness_ms": freshness_ms}


def a_secret(byte: int = 7) -> str:
    """Return the text of a secret that no session has."""
    return urlsafe_b64encode(bytes([byte]) * 32).decode().rstrip("=")
