"""The span of an HTTP request, made by hand: its name and attributes hold no value of a request."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from types import TracebackType
from typing import Any, Literal

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from percorso.chassis import logs

UNTRACED = frozenset({"/livez", "/readyz", "/status", "/metrics"})  # asked every few seconds
_CARRIED = frozenset({b"traceparent", b"tracestate"})
_PROPAGATOR = TraceContextTextMapPropagator()
_NOWHERE = Context()
_tracer = trace.get_tracer("percorso.chassis")
_log = logs.get(__name__)
_request: ContextVar[Span | None] = ContextVar("request", default=None)
Headers = Iterable[tuple[bytes, bytes]]


def context_of(headers: Headers) -> Context | None:
    """Return the caller's W3C trace context, None where there is none."""
    carrier = {
        name.decode(): value.decode("latin-1") for name, value in headers if name in _CARRIED
    }
    return _PROPAGATOR.extract(carrier, context=Context()) if carrier else None


def server_span(name: str, headers: Headers) -> AbstractContextManager[Span]:
    """Run a request in its one span, a child of the caller's; `name` is a route, never a path.

    An exception is recorded by its type alone, for its text may hold personal data.
    """
    running = _request.get()
    if running is None:
        return _ServerSpan(name, headers)
    running.update_name(name)
    return nullcontext(running)


class _ServerSpan:
    """By hand what `start_as_current_span` does with generators, at half its cost."""

    __slots__ = ("_span", "_tokens")

    def __init__(self, name: str, headers: Headers) -> None:
        parent = context_of(headers) or _NOWHERE
        self._span = _tracer.start_span(name, context=parent, kind=SpanKind.SERVER)

    def __enter__(self) -> Span:
        inside = trace.set_span_in_context(self._span, _NOWHERE)
        self._tokens = _request.set(self._span), context.attach(inside)
        return self._span

    def __exit__(
        self, _: object, error: BaseException | None, __: TracebackType | None
    ) -> Literal[False]:
        request, attached = self._tokens
        context.detach(attached)
        _request.reset(request)
        if isinstance(error, Exception):
            self._span.set_status(Status(StatusCode.ERROR, type(error).__name__))
        self._span.end()
        return False


class Traced:
    """Wraps an application so that each request has one span, named by its route.

    FastAPI's own spans stay off: they hold paths and queries, and cost more than a hot request.
    What the application raises was answered already; it is logged here, with its trace.
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
            answering = _noting_status(send, span) if span.is_recording() else send
            try:
                await self._app(scope, receive, answering)
            except Exception as error:  # noqa: BLE001 - a bug of any kind ends its request, not more
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                _log.exception("a request failed")
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
    if not span.is_recording():
        return
    route: Any = scope.get("route")
    template = getattr(route, "path", None)
    span.set_attribute("http.request.method", scope["method"])
    if isinstance(template, str):
        span.update_name(f"{scope['method']} {template}")
        span.set_attribute("http.route", template)
