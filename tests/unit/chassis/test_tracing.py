"""The span of a request."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode
from starlette.requests import Request
from starlette.responses import Response

from percorso.chassis.testing import recorded_spans
from percorso.chassis.tracing import Traced, context_of, server_span

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01".encode()


def test_a_request_continues_its_callers_trace() -> None:
    with recorded_spans() as spans, server_span("POST /v1/events", [(b"traceparent", PARENT)]):
        pass

    [span] = spans.get_finished_spans()
    assert (span.name, span.kind) == ("POST /v1/events", SpanKind.SERVER)
    assert span.context is not None
    assert span.parent is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert f"{span.parent.span_id:016x}" == "00f067aa0ba902b7"


def test_a_request_without_a_trace_begins_one() -> None:
    with recorded_spans() as spans:
        with server_span("x", []):
            pass
        with server_span("y", [(b"a", b"b")]):
            pass

    assert [span.parent for span in spans.get_finished_spans()] == [None, None]


def test_a_request_has_one_span() -> None:
    with recorded_spans() as spans, server_span("GET", []), server_span("GET /x", []):
        pass

    assert [span.name for span in spans.get_finished_spans()] == ["GET /x"]


@pytest.mark.parametrize("value", [b"", b"\xff", b"00-0-0-0", PARENT * 100, b"00-" + b"0" * 52])
def test_a_broken_trace_is_none(value: bytes) -> None:
    with recorded_spans() as spans, server_span("x", [(b"traceparent", value)]):
        pass

    assert spans.get_finished_spans()[0].parent is None


def test_no_header_costs_no_context() -> None:
    assert context_of([(b"host", b"x")]) is None


def test_an_exception_leaves_only_its_type() -> None:
    with recorded_spans() as spans, pytest.raises(KeyError), server_span("x", []):
        raise KeyError("SENT")

    [span] = spans.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "KeyError"
    assert not span.events
    assert "SENT" not in span.to_json()


def create_app() -> FastAPI:
    app = FastAPI()
    router = APIRouter(prefix="/v1/timelines")

    @router.get("/{subject}")
    async def read(subject: str) -> str:
        return subject

    @app.get("/fail/{what}")
    async def fail(what: str) -> None:
        raise KeyError(what)

    async def plain(request: Request) -> Response:
        with server_span("POST /v1/events", request.scope["headers"]):
            return Response(status_code=202)

    app.include_router(router)
    app.add_route("/v1/events", plain, methods=["POST"])
    return app


async def ask(method: str, path: str) -> list[ReadableSpan]:
    transport = httpx.ASGITransport(Traced(create_app()), raise_app_exceptions=False)
    headers = {"traceparent": PARENT.decode()}
    with recorded_spans() as spans:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            await client.request(method, path, headers=headers)
    return list(spans.get_finished_spans())


@pytest.mark.parametrize(
    ("method", "path", "name", "status"),
    [
        ("GET", "/v1/timelines/SENT?cf=SENT", "GET /v1/timelines/{subject}", 200),
        ("POST", "/v1/events?SENT=SENT", "POST /v1/events", 202),
        ("GET", "/fail/SENT", "GET /fail/{what}", 500),
        ("GET", "/nowhere/SENT", "GET", 404),
    ],
)
async def test_a_request_has_one_span_without_its_values(
    method: str, path: str, name: str, status: int
) -> None:
    [span] = await ask(method, path)

    assert span.name == name
    assert span.kind is SpanKind.SERVER
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == status
    assert (span.status.status_code is StatusCode.ERROR) == (status >= 500)
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == TRACE
    assert "SENT" not in span.to_json()


async def test_what_is_asked_every_second_is_not_traced() -> None:
    assert await ask("GET", "/readyz") == []
