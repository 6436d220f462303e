"""Whether the process lives, whether it is ready and why not, and the national status form."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import REGISTRY
from prometheus_client.exposition import choose_encoder
from pydantic import BaseModel

from percorso.chassis import logs, metrics
from percorso.chassis.problems import MEDIA_TYPE, RETRY_AFTER_S, Problem, responses
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause

Check = Callable[[], Awaitable[str | None]]  # None is fine, else the reason, a constant text
Status = Callable[[], Awaitable[Mapping[str, object]]]

PERIOD_S = 1.0
FIRST_S = 0.05  # what starts, or has just failed, is asked sooner, then less and less often
TIMEOUT_S = 2.0
FINE = "ok"
_NO_STORE = {"Cache-Control": "no-store"}
_TEXT = {"type": "string"}
_log = logs.get(__name__)


class NotReady(Problem):
    """Something that the process needs is away, or it stops; `checks` says what and why."""

    status = 503
    slug = "not-ready"
    title = "The service is not ready"

    def __init__(self, checks: Mapping[str, str]) -> None:
        super().__init__(headers={"Retry-After": str(RETRY_AFTER_S)}, checks=checks)


class Alive(BaseModel):
    """The process lives."""

    status: Literal["alive"] = "alive"


class Ready(BaseModel):
    """The process can do its work; `checks` has what each part said."""

    status: Literal["ready"] = "ready"
    checks: dict[str, str]


class ServiceStatus(BaseModel, extra="allow"):
    """The national form; members beyond these are the service's own."""

    status: Literal[200] = 200
    title: Literal["OK"] = "OK"
    service: str
    version: str
    ready: bool


class Health:
    """The latest answers of the checks; `run` asks them again and again."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self.answers: Mapping[str, str] = dict.fromkeys(checks, "not asked yet")
        self._stopped: str | None = None
        metrics.READY.set(0)

    @property
    def is_ready(self) -> bool:
        """Whether every check is fine and the process is not stopping."""
        return self._stopped is None and all(said == FINE for said in self.answers.values())

    def stop(self, reason: str) -> None:
        """Be unready from now on, for a constant reason."""
        self._stopped = self._stopped or reason
        metrics.READY.set(0)

    def report(self) -> dict[str, str]:
        """Return what every check said last."""
        stopped = {} if self._stopped is None else {"process": self._stopped}
        return {**self.answers, **stopped}

    async def run(self, stopping: asyncio.Event) -> None:
        """Ask the checks every second until the process stops; at first, and after a failure, sooner."""
        wait_s = FIRST_S
        while not stopping.is_set():
            await self.ask()
            await pause(stopping, PERIOD_S if self.is_ready else wait_s)
            wait_s = FIRST_S if self.is_ready else min(PERIOD_S, wait_s * 2)

    async def ask(self) -> None:
        """Ask every check once, side by side."""
        said = await asyncio.gather(*(_asked(check) for check in self._checks.values()))
        answers = dict(zip(self._checks, said, strict=True))
        for part in answers.keys() & self.answers.keys():
            if answers[part] != self.answers[part]:
                _log.info("a dependency's answer changed", part=part, answer=answers[part])
        self.answers = answers
        metrics.READY.set(int(self.is_ready))


async def _asked(check: Check) -> str:
    try:
        async with asyncio.timeout(TIMEOUT_S):
            return await check() or FINE
    except TimeoutError:
        return "does not answer"
    except Unavailable:
        return "away"
    except Exception:  # noqa: BLE001 - a broken check is an answer too, and must not end the others
        _log.exception("a health check failed")
        return "the check failed"


async def _nothing() -> Mapping[str, object]:
    return {}


def router(service: str, version: str, health: Health, status: Status = _nothing) -> APIRouter:
    """Return the routes that every service has; `status` adds members to the national form."""
    routes = APIRouter(tags=["operation"])

    @routes.get("/livez", summary="Whether the process lives", response_model=Alive)
    async def read_liveness() -> Response:
        """For whoever restarts it; asks no dependency."""
        return JSONResponse(Alive().model_dump(), headers=_NO_STORE)

    @routes.get(
        "/readyz",
        summary="Whether everything the process needs is there",
        response_model=Ready,
        responses=responses(NotReady),
    )
    async def read_readiness() -> Response:
        """For whoever sends it requests; in a 503 the member `checks` has the reason of each part."""
        if not health.is_ready:
            return NotReady(health.report()).response()
        return JSONResponse(Ready(checks=health.report()).model_dump(), headers=_NO_STORE)

    @routes.get(
        "/status",
        summary="The state of the service, in the national form",
        response_class=_ProblemForm,
        response_model=ServiceStatus,
    )
    async def read_status() -> Response:
        """Answers 200 while the process lives; `ready` says whether it can do its work."""
        own = ServiceStatus(service=service, version=version, ready=health.is_ready).model_dump()
        return _ProblemForm(own | await _extra(status, own.keys()), headers=_NO_STORE)

    @routes.get(
        "/metrics",
        summary="Metrics, as Prometheus reads them",
        response_class=PlainTextResponse,
        responses={200: {"content": {"application/openmetrics-text": {"schema": _TEXT}}}},
    )
    async def read_metrics(request: Request) -> Response:
        """In the form that the header `Accept` prefers; no label holds anything of a person."""
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(REGISTRY), media_type=media_type, headers=_NO_STORE)

    return routes


class _ProblemForm(JSONResponse):
    media_type = MEDIA_TYPE


async def _extra(status: Status, taken: Any) -> dict[str, object]:
    """Return the service's own members; none when they cannot be had, for this page must answer."""
    try:
        async with asyncio.timeout(TIMEOUT_S):
            members = dict(await status())
        json.dumps(members, allow_nan=False)
    except Unavailable:
        return {}
    except Exception:  # noqa: BLE001 - whatever the service's callback raises, the page answers
        _log.exception("the members of the status could not be had")
        return {}
    return {name: value for name, value in members.items() if name not in taken}
