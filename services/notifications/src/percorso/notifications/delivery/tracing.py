"""The span of an attempt, in the trace of the event that the message goes back to."""

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, Span, SpanKind

from percorso.events.tracing import span_context

_TRACER = trace.get_tracer("percorso.notifications")


@contextmanager
def attempting(name: str, traceparent: str | None) -> Iterator[Span]:
    """Open a span under the one that is named; what an error says stays out of it."""
    parent = trace.set_span_in_context(NonRecordingSpan(span_context(traceparent)), Context())
    with _TRACER.start_as_current_span(
        name,
        context=parent,
        kind=SpanKind.CLIENT,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span
