"""Asks the services over HTTP: with a deadline, as the visitor, in the visitor's trace."""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Annotated, Any, Literal, TypeVar

import httpx
from pydantic import BaseModel, Field, ValidationError

from percorso.chassis import logs
from percorso.events.tracing import current_traceparent
from percorso.portal.apis.errors import Away, Ended, Refused

DEADLINE_S = 2.0  # a page that waits for longer is worse than one with a part missing
CONNECTIONS = httpx.Limits(max_connections=200, max_keepalive_connections=50)
_BUSY = frozenset({408, 425, 429})

Service = Literal["identity", "journey", "insights", "notifications"]
Method = Literal["GET", "POST", "PUT", "DELETE"]
M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
_log = logs.get(__name__)


class _Fault(BaseModel):
    pointer: str


class _Problem(BaseModel):
    type: str
    errors: list[_Fault] = []
    level: Annotated[int, Field(ge=1, le=3)] | None = None


class Apis:
    """The services, by their names."""

    def __init__(self, client: httpx.AsyncClient, urls: Mapping[Service, str]) -> None:
        self._client = client
        self._urls = urls

    async def read(
        self,
        shape: type[M],
        service: Service,
        path: str,
        authorization: str | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> M:
        """Return what a service gives; Away, Ended or Refused where it does not."""
        answer = await self._answer("GET", service, path, authorization, params=query)
        return _read(shape, service, answer)

    async def send(
        self,
        service: Service,
        method: Method,
        path: str,
        authorization: str | None,
        body: object = None,
    ) -> httpx.Response:
        """Have a service do something, and return its answer; Away leaves open whether it did."""
        return await self._answer(method, service, path, authorization, json=body)

    async def change(
        self,
        shape: type[M],
        service: Service,
        method: Method,
        path: str,
        authorization: str | None,
        body: object,
    ) -> M:
        """Have a service do something that it answers with what holds now."""
        return _read(shape, service, await self.send(service, method, path, authorization, body))

    def stream_request(self, service: Service, path: str, authorization: str) -> httpx.Request:
        """Return the request for a stream of server-sent events."""
        headers = {**_headers(authorization), "Accept": "text/event-stream"}
        return self._client.build_request("GET", f"{self._urls[service]}{path}", headers=headers)

    async def opened(self, request: httpx.Request) -> httpx.Response:
        """Begin to read a stream, which the caller closes."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._client.send(request, stream=True)
        except (TimeoutError, httpx.HTTPError):
            raise Away from None
        if not answer.is_success:
            await answer.aclose()
            raise _error(answer)
        return answer

    async def readiness(self, service: Service) -> httpx.Response:
        """Return what a service says of its readiness, whatever that is."""
        return await self._sent("GET", service, "/readyz", None)

    async def _answer(
        self, method: Method, service: Service, path: str, authorization: str | None, **sent: Any
    ) -> httpx.Response:
        answer = await self._sent(method, service, path, authorization, **sent)
        if not answer.is_success:
            raise _error(answer)
        return answer

    async def _sent(
        self, method: Method, service: Service, path: str, authorization: str | None, **sent: Any
    ) -> httpx.Response:
        url, headers = f"{self._urls[service]}{path}", _headers(authorization)
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._client.request(method, url, headers=headers, **sent)
        except (TimeoutError, httpx.HTTPError):
            raise Away from None


async def or_away(asking: Awaitable[T]) -> T | None:
    """Return what is asked for, None while the service is away: the rest of the page is shown."""
    try:
        return await asking
    except Away:
        return None


def _headers(authorization: str | None) -> dict[str, str]:
    given = {"Authorization": authorization, "traceparent": current_traceparent()}
    return {name: value for name, value in given.items() if value is not None}


def _read(shape: type[M], service: Service, answer: httpx.Response) -> M:
    try:
        return shape.model_validate_json(answer.content)
    except ValidationError:
        _log.error("an answer is not in the form that was agreed", of=service, shape=shape.__name__)
        raise Away from None


def _error(answer: httpx.Response) -> Exception:
    status = answer.status_code
    if status == httpx.codes.UNAUTHORIZED:
        return Ended()
    if status in _BUSY or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return Away()
    try:
        problem = _Problem.model_validate_json(answer.content)
    except (ValidationError, httpx.ResponseNotRead):
        return Refused(status, "")
    pointers = frozenset(each.pointer for each in problem.errors)
    return Refused(status, problem.type.rpartition(":")[2], pointers, problem.level)
