"""The span of an HTTP request, started by hand: no instrumentation on the hot path."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_tracer = trace.get_tracer("percorso.chassis")
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
    """Run a request in a span that is a child of the caller's; `name` holds no value of a request.

    An exception is recorded by its type alone, for its text may hold personal data.
    """
    with _tracer.start_as_current_span(
        name,
        context=context_of(headers) or Context(),
        kind=SpanKind.SERVER,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
