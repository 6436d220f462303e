"""The composition root of the portal: what it opens, serves and runs. Nobody imports it."""

import hmac
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import httpx
from asyncpg import Pool
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import AnyHttpUrl
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from percorso.chassis import postgres, problems
from percorso.chassis.clock import Clock, SystemClock
from percorso.chassis.openapi import operation_id
from percorso.chassis.schema import head
from percorso.chassis.service import Only, Parts, Worker
from percorso.chassis.service_tokens import ServiceTokens
from percorso.portal.accesses import api as accesses_api
from percorso.portal.apis.calls import CONNECTIONS, Apis, Service
from percorso.portal.apis.names import Names
from percorso.portal.codes import api as codes_api
from percorso.portal.consents import api as consents_api
from percorso.portal.home import api as home_api
from percorso.portal.links import api as links_api
from percorso.portal.login import api as login_api
from percorso.portal.login.logins import Logins
from percorso.portal.login.redeeming import Redeeming
from percorso.portal.messages import api as messages_api
from percorso.portal.operations import api as operations_api
from percorso.portal.pages.cookies import Cookies
from percorso.portal.pages.errors import Errors
from percorso.portal.pages.guard import Guard, origin_of
from percorso.portal.pages.rendering import FOLDER, Pages
from percorso.portal.pages.visits import Visits
from percorso.portal.preferences import api as preferences_api
from percorso.portal.preferences.api import Desk
from percorso.portal.sessions.sessions import Sessions
from percorso.portal.settings import Settings
from percorso.portal.suggestions import api as suggestions_api
from percorso.portal.timeline import api as timeline_api
from percorso.portal.timeline import stream_api
from percorso.portal.timeline.stream_api import Live
from percorso.portal.visitors.codes import Codes
from percorso.portal.visitors.giving import Giving
from percorso.portal.visitors.visitors import Visitors

NAME = "portal"
LOGIN = "/v1/login"  # of identity, for browsers
DESCRIPTION = (
    "The citizen's pages. They are for browsers, and made of what the documented APIs of the other "
    "services give; there is no API here but that of every service."
)
GZIP_FROM = 1_000  # bytes; less is not worth it


@dataclass(frozen=True, slots=True)
class Resources:
    """What is open while the portal runs."""

    origin: str
    visits: Visits
    pages: Pages
    apis: Apis
    names: Names
    live: Live
    logins: Logins
    visitors: Visitors | None
    operations: operations_api.Desk


@asynccontextmanager
async def build(settings: Settings, *, only: Only | None) -> AsyncIterator[Parts]:
    """Open what the service needs and yield its parts; waits for nothing that is away."""
    async with AsyncExitStack() as stack:
        pool = await stack.enter_async_context(postgres.open_pool(settings, "percorso-portal"))
        resources = await _open(settings, pool, stack)
        sessions = resources.visits.sessions
        yield Parts(
            app=_app(resources) if only != "worker" else None,
            workers=_workers(resources) if only != "http" else {},
            checks={"postgres": postgres.check(pool, head("percorso.portal"))},
            status=lambda: _status(sessions),
            on_stop=resources.live.close,
        )


def _workers(resources: Resources) -> dict[str, Worker]:
    workers: dict[str, Worker] = {"ended sessions": resources.visits.sessions.forget}
    if resources.visitors is not None:
        workers["ended visitors"] = resources.visitors.forget
    return workers


async def _open(settings: Settings, pool: Pool, stack: AsyncExitStack) -> Resources:
    clock, origin = SystemClock(), origin_of(str(settings.public_url))
    sessions = Sessions(pool, clock, settings.idle, settings.longest)
    # Every call has a deadline of its own; a proxy of the environment has no business here.
    client = await stack.enter_async_context(
        httpx.AsyncClient(timeout=None, trust_env=False, limits=CONNECTIONS)  # noqa: S113 - as said
    )
    streaming = await stack.enter_async_context(
        httpx.AsyncClient(timeout=None, trust_env=False, limits=stream_api.CONNECTIONS)  # noqa: S113 - as said
    )
    apis = Apis(client, _urls(settings))
    own = await stack.enter_async_context(
        ServiceTokens(str(settings.identity_url), NAME, settings.service_key_file, "identity")
    )
    pages, visits = Pages(), Visits(sessions, Cookies(is_https=origin.startswith("https:")))
    login_url = f"{str(settings.login_url or settings.identity_url).rstrip('/')}{LOGIN}"
    names, visitors = Names(apis, settings.agencies, clock), _visitors(settings, pool, clock)
    return Resources(
        origin=origin,
        visits=visits,
        pages=pages,
        apis=apis,
        names=names,
        live=Live(Apis(streaming, _urls(settings))),
        logins=Logins(
            pages,
            visits,
            Redeeming(apis, own.authorization),
            login_url,
            visitors,
            settings.site_agency and names.agency(settings.site_agency),
        ),
        visitors=visitors,
        operations=operations_api.Desk(pages, visits, apis, _plain(settings.traces_url)),
    )


def _visitors(settings: Settings, pool: Pool, clock: Clock) -> Visitors | None:
    if settings.site_agency is None:
        return None
    key = hmac.digest(settings.service_key_file.read_bytes(), b"visitors", "sha256")
    return Visitors(pool, clock, Codes(key, settings.site_agency))


def _plain(url: AnyHttpUrl | None) -> str | None:
    return None if url is None else str(url).rstrip("/")


def _urls(settings: Settings) -> Mapping[Service, str]:
    urls: Mapping[Service, object] = {
        "identity": settings.identity_url,
        "journey": settings.journey_url,
        "insights": settings.insights_url,
        "notifications": settings.notifications_url,
    }
    return {name: str(url).rstrip("/") for name, url in urls.items()}


def _app(resources: Resources) -> FastAPI:
    pages, visits, apis, names = (
        resources.pages,
        resources.visits,
        resources.apis,
        resources.names,
    )
    app = FastAPI(
        title="Percorso portal",
        summary="The citizen's pages",
        description=DESCRIPTION,
        generate_unique_id_function=operation_id,
        docs_url=None,  # what FastAPI shows there would run scripts of another origin
        redoc_url=None,
    )
    _answer_errors(app, resources)
    app.include_router(home_api.router(pages, visits, visits.cookies, apis, names))
    app.include_router(login_api.router(visits, resources.logins))
    app.include_router(timeline_api.router(pages, visits, apis, names))
    app.include_router(stream_api.router(visits, resources.live))
    app.include_router(suggestions_api.router(pages, visits, apis, names))
    app.include_router(messages_api.router(pages, visits, apis))
    app.include_router(consents_api.router(pages, visits, apis))
    app.include_router(preferences_api.router(visits, Desk(pages, apis)))
    app.include_router(accesses_api.router(pages, visits, apis, names))
    app.include_router(links_api.router(pages, visits, apis, names))
    app.include_router(operations_api.router(pages, visits, resources.operations))
    app.include_router(codes_api.router(pages, visits, apis, names))
    theirs = Path(str(files("bootstrap_italia_template"))) / "static"
    app.mount("/static/bootstrap-italia", _static(theirs))
    app.mount("/static", _static(FOLDER / "static"))
    return app


def _answer_errors(app: FastAPI, resources: Resources) -> None:
    problems.install(app)  # what operations ask answers as every service does
    errors = Errors(resources.pages, resources.visits.cookies)
    for kind, answer in errors.handlers().items():
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(RequestValidationError, lambda request, _: errors.missing(request))
    if resources.visitors is not None:
        app.add_middleware(Giving, visitors=resources.visitors, cookies=resources.visits.cookies)
    app.add_middleware(Guard, origin=resources.origin, forged=errors.forged, failed=errors.failed)


def _static(folder: Path) -> GZipMiddleware:
    return GZipMiddleware(StaticFiles(directory=folder), minimum_size=GZIP_FROM)


async def _status(sessions: Sessions) -> Mapping[str, object]:
    return {"sessions": await sessions.count()}
