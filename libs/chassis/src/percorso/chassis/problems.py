"""HTTP errors in one shape (RFC 9457), which never repeats what was sent.

Problem
  MalformedBody 400, Unauthorized 401, Forbidden 403, NotFound 404, InvalidRequest 422,
  Overloaded 429, ServiceUnavailable 503
"""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from opentelemetry import trace
from starlette.exceptions import HTTPException

from percorso.chassis import validation
from percorso.chassis.openapi import SCHEMA, Declared
from percorso.events.errors import QueueFull, Unavailable

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 1  # what we wait for comes back within seconds, or alarms ring


class Problem(Exception):
    """Something that the caller can act on; a subclass gives status, slug and title."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "unexpected"
    title: ClassVar[str] = "Something went wrong here"

    def __init__(
        self,
        detail: str | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **extensions: object,
    ) -> None:
        super().__init__(self.title)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extensions = extensions

    def body(self) -> dict[str, object]:
        """Return the members; `instance` names the trace, where there is one."""
        members: dict[str, object] = {
            "type": f"urn:percorso:problem:{self.slug}",
            "title": self.title,
            "status": self.status,
        }
        if self.detail is not None:
            members["detail"] = self.detail
        context = trace.get_current_span().get_span_context()
        if context.is_valid:
            members["instance"] = f"urn:percorso:trace:{context.trace_id:032x}"
        return members | self.extensions

    def response(self) -> Response:
        """Return the HTTP answer; usable from a plain Starlette route."""
        return Response(
            json.dumps(self.body(), ensure_ascii=False, separators=(",", ":")),
            status_code=self.status,
            headers={"Cache-Control": "no-store", **self.headers},
            media_type=MEDIA_TYPE,
        )


class MalformedBody(Problem):
    """The body could not be read at all."""

    status = 400
    slug = "malformed-body"
    title = "The body cannot be read"


class Unauthorized(Problem):
    """Nobody we know."""

    status = 401
    slug = "unauthorized"
    title = "A valid token is needed"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(Problem):
    """Somebody we know, who may not."""

    status = 403
    slug = "forbidden"
    title = "This caller may not do this"


class NotFound(Problem):
    """There is no such thing, or none that this caller may know of."""

    status = 404
    slug = "not-found"
    title = "There is no such thing"


class InvalidRequest(Problem):
    """Readable, but not what was agreed; `errors` says where."""

    status = 422
    slug = "invalid-request"
    title = "The request is not valid"


class Overloaded(Problem):
    """Our bounded queue is full."""

    status = 429
    slug = "overloaded"
    title = "Too much at once; send it again later"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(RETRY_AFTER_S)})


class ServiceUnavailable(Problem):
    """A part that is needed is away."""

    status = 503
    slug = "unavailable"
    title = "A part that is needed is away; send it again later"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": str(RETRY_AFTER_S)})


class _Refused(Problem):
    """What the framework itself refuses, such as a wrong path or method."""

    def __init__(self, error: HTTPException) -> None:
        super().__init__(headers=error.headers)
        self._status = error.status_code
        self._phrase = HTTPStatus(error.status_code).phrase

    def body(self) -> dict[str, object]:
        slug = self._phrase.lower().replace(" ", "-")
        return super().body() | {
            "type": f"urn:percorso:problem:{slug}",
            "title": self._phrase,
            "status": self._status,
        }

    def response(self) -> Response:
        response = super().response()
        response.status_code = self._status
        return response


def of(error: Exception) -> Problem:
    """Return the problem that an exception is for its caller; of a bug, only that there is one."""
    match error:
        case Problem():
            return error
        case Unavailable():
            return Overloaded() if isinstance(error, QueueFull) else ServiceUnavailable()
        case HTTPException():
            return NotFound() if error.status_code == NotFound.status else _Refused(error)
    return Problem()


def install(app: FastAPI) -> None:
    """Render every error of the application as a problem, and describe them so."""
    declared = Declared(app)

    async def answer(_: Request, error: Exception) -> Response:
        return of(error).response()

    async def answer_invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type
        return _invalid(error.errors(), declared).response()

    for kind in (Problem, Unavailable, HTTPException, Exception):
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(RequestValidationError, answer_invalid)


def _invalid(faults: Sequence[Mapping[str, Any]], declared: Declared) -> Problem:
    if any(fault["type"] == "json_invalid" for fault in faults):
        return MalformedBody()
    return InvalidRequest(
        errors=[
            {
                "pointer": validation.pointer(validation.place(fault), declared.is_known),
                "title": validation.title(fault),
            }
            for fault in faults
        ]
    )


def responses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return what a route's `responses=` says about these problems."""
    described: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        known = described.get(problem.status)
        text = problem.title if known is None else f"{known['description']}; {problem.title}"
        described[problem.status] = {
            "description": text,
            "content": {MEDIA_TYPE: {"schema": SCHEMA}},
        }
    return described
