"""POST /v1/events: a plain ASGI route, since it is the hot path; and the schemas of the types."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any

import msgspec
from fastapi import FastAPI
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from percorso.chassis import logs, problems
from percorso.chassis.auth import Agency, Tokens
from percorso.chassis.tracing import server_span
from percorso.events import tracing
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import encode
from percorso.events.kafka.publisher import Publisher
from percorso.events.topics import TOUCHPOINTS
from percorso.identity.agencies.registry import Registry
from percorso.identity.door import metrics, modes, openapi
from percorso.identity.door.acceptance import Caller, accept, sent_id
from percorso.identity.door.binary import BINARY
from percorso.identity.door.body import Body, Budget
from percorso.identity.door.openapi import PATH
from percorso.identity.door.reading import SINGLE
from percorso.identity.door.refusals import NothingAccepted, Refused, UnknownAgency
from percorso.identity.subjects.identifiers import NameSubject

ROUTE = f"POST {PATH}"
MAX_PROBLEMS = 100  # further refused events are listed without theirs

_log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a request's events: those to publish, and which were refused and why."""

    accepted: list[CloudEvent]
    refused: list[tuple[int, bytes, Refused]]

    def answer(self) -> dict[str, object]:
        """Return the answer of the contract; both members always."""
        rejected = [_rejected(*refusal) for refusal in self.refused[:MAX_PROBLEMS]]
        more = [_listed(index, raw) for index, raw, _ in self.refused[MAX_PROBLEMS:]]
        return {"accepted": len(self.accepted), "rejected": rejected + more}


class Door:
    """The ASGI endpoint that takes events; an answer of 202 follows the broker's acknowledgement."""

    def __init__(
        self, *, tokens: Tokens, registry: Registry, publisher: Publisher, subject: NameSubject
    ) -> None:
        self._tokens = tokens
        self._registry = registry
        self._publisher = publisher
        self._subject = subject
        self._budget = Budget()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; nothing that happens in it becomes a 5xx without a reason."""
        body = Body(receive, self._budget)
        with server_span(ROUTE, scope["headers"]) as span:
            try:
                response = await self._answer(Request(scope), body)
            except ClientDisconnect:
                return
            except Exception as error:  # noqa: BLE001 - rendered as the problem that it is
                await _drain(body)
                response = _rendered(error)
            finally:
                body.release()
            span.set_attribute("http.response.status_code", response.status_code)
        await response(scope, receive, send)

    async def _answer(self, request: Request, body: Body) -> Response:
        agency = await self._agency(request)
        media_type = modes.media_type(request.headers)
        is_trial = _is_trial(request)
        if not is_trial:
            self._publisher.check_room()
        events = modes.events(media_type, request.headers, await body.read())
        caller = Caller(
            agency, partial(self._registry.owns, agency), partial(self._subject, agency)
        )
        judged = _judge(events, caller)
        if not is_trial:
            await self._publish(judged.accepted)
            _count(agency, judged)
        return _response(judged, is_single=media_type in {SINGLE, BINARY})

    async def _agency(self, request: Request) -> str:
        header = request.headers.get("authorization")
        caller = self._tokens.cached(header) or await self._tokens.verify(header)
        if not isinstance(caller, Agency):
            raise problems.Forbidden
        if self._registry.agency(caller.code) is None and not await self._registry.find(
            caller.code
        ):
            raise UnknownAgency
        return caller.code

    async def _publish(self, events: Sequence[CloudEvent]) -> None:
        if not events:
            return
        with tracing.sending(TOUCHPOINTS.name, len(events)) as span:
            parent = tracing.traceparent(span)
            await self._publisher.publish([encode(event, parent) for event in events])


def install(app: FastAPI, door: Door) -> None:
    """Route the door as it is, without FastAPI's part of the work, and describe it."""
    app.router.routes.append(Route(PATH, door, methods=["POST"]))
    plain = app.openapi

    def described() -> dict[str, Any]:
        document = plain()
        openapi.describe(document)
        return document

    app.openapi = described  # type: ignore[method-assign] # the way FastAPI documents


def _is_trial(request: Request) -> bool:
    """Whether nothing may be stored; what is neither yes nor no is refused, lest it be taken for no."""
    if not request.scope["query_string"]:
        return False
    given = request.query_params.getlist("validate")
    if not all(value in {"true", "false"} for value in given):
        fault = {"pointer": "/query/validate", "title": "Should be true or false"}
        raise problems.InvalidRequest(errors=[fault])
    return "true" in given


def _judge(events: Sequence[bytes], caller: Caller) -> Judged:
    now = datetime.now(UTC)
    judged = Judged([], [])
    for index, raw in enumerate(events):
        try:
            judged.accepted.append(accept(raw, caller, now))
        except Refused as refused:
            judged.refused.append((index, raw, refused))
    return judged


def _listed(index: int, raw: bytes) -> dict[str, object]:
    return {"index": index, "id": sent_id(raw)}


def _rejected(index: int, raw: bytes, refused: Refused) -> dict[str, object]:
    return _listed(index, raw) | {"problem": refused.summary()}


def _response(judged: Judged, *, is_single: bool) -> Response:
    if judged.accepted:
        return Response(
            msgspec.json.encode(judged.answer()), status_code=202, media_type="application/json"
        )
    if is_single:
        problem: problems.Problem = judged.refused[0][2]
    else:
        problem = NothingAccepted()
    problem.extensions.update(judged.answer())
    return problem.response()


def _count(agency: str, judged: Judged) -> None:
    if judged.accepted:
        metrics.ACCEPTED.labels(agency).inc(len(judged.accepted))
    for _, _, refused in judged.refused:
        metrics.REJECTED.labels(agency, refused.slug).inc()


def _rendered(error: Exception) -> Response:
    problem = problems.of(error)
    if type(problem) is problems.Problem:
        _log.error("the door failed", exc_info=error)
    return problem.response()


async def _drain(body: Body) -> None:
    with suppress(ClientDisconnect, problems.MalformedBody):
        await body.drain()
