"""The span of an HTTP request, made by hand: its name and attributes hold no value of a request."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

UNTRACED = frozenset({"/livez", "/readyz", "/status", "/metrics"})  # asked every few seconds
_PROPAGATOR = TraceContextTextMapPropagator()
_NOWHERE = Context()
_tracer = trace.get_tracer("percorso.chassis")
_request: ContextVar[Span | None] = ContextVar("request", default=None)
Headers = Iterable[tuple[bytes, bytes]]


def context_of(headers: Headers) -> Context | None:
    """Return the caller's W3C trace context, None where there is none."""
    carrier = {
        name.decode("latin-1"): value.decode("latin-1")
        for name, value in headers
        if name in {b"traceparent", b"tracestate"}
    }
    return _PROPAGATOR.extract(carrier, context=Context()) if carrier else None


@contextmanager
def server_span(name: str, headers: Headers) -> Iterator[Span]:
    """Run a request in its one span, a child of the caller's; `name` is a route, never a path.

    An exception is recorded by its type alone, for its text may hold personal data.
    """
    running = _request.get()
    if running is not None:
        running.update_name(name)
        yield running
        return
    with _tracer.start_as_current_span(
        name,
        context=context_of(headers) or _NOWHERE,
        kind=SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        token = _request.set(span)
        try:
            yield span
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            _request.reset(token)


class Traced:
    """Wraps an application so that each request has one span, named by its route.

    FastAPI's own spans stay off: they hold paths and queries, and cost more than a hot request.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request inside its span."""
        scope.setdefault("fastapi.telemetry", None)  # what FastAPI looks at before it begins a span
        if scope["type"] != "http" or scope["path"] in UNTRACED:
            await self._app(scope, receive, send)
            return
        with server_span(scope["method"], scope["headers"]) as span:
            if not span.is_recording():
                await self._app(scope, receive, send)
                return
            try:
                await self._app(scope, receive, _noting_status(send, span))
            finally:
                _describe(span, scope)


def _noting_status(send: Send, span: Span) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            status: int = message["status"]
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)
        await send(message)

    return noting


def _describe(span: Span, scope: Scope) -> None:
    route: Any = scope.get("route")
    template = getattr(route, "path", None)
    span.set_attribute("http.request.method", scope["method"])
    if isinstance(template, str):
        span.update_name(f"{scope['method']} {template}")
        span.set_attribute("http.route", template)
