"""Spans around events: `send` when they leave, `process` and `commit` when they are applied, and what follows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import TypeGuard

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    INVALID_SPAN_CONTEXT,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

MAX_PARENTS = 64  # of one batch; more would make a batch's spans cost more than its rows

_TRACER = trace.get_tracer("percorso.events")
_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_ODD = frozenset("13579bdf")  # the lowest bit of the flags: sampled
_continued: ContextVar[Mapping[str, str] | None] = ContextVar("continued", default=None)


def span_context(traceparent: str | None) -> SpanContext:
    """Read a W3C traceparent; the invalid context where it is none."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None:
        return INVALID_SPAN_CONTEXT
    trace_id, span_id, flags = (int(part, 16) for part in match.groups())
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))


def traceparent(span: Span) -> str | None:
    """Write a span's context as W3C traceparent; None where there is no trace."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def current_traceparent() -> str | None:
    """Write the context of the span that is open now; None where there is none."""
    return traceparent(trace.get_current_span())


def trace_id(traceparent: str | None) -> str | None:
    """Return the 32 hexadecimal digits of the trace, None where there is none."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None or match[1] == _NO_TRACE or match[2] == _NO_SPAN:
        return None
    return match[1]


@contextmanager
def sending(topic: str, count: int) -> Iterator[Span]:
    """Open the span under which a request's events leave for a topic.

    In a trace that is not sampled it is the request's own: nobody will see another.
    """
    here = trace.get_current_span()
    if here.get_span_context().is_valid and not here.is_recording():
        yield here
        return
    with _span(f"send {topic}", None, SpanKind.PRODUCER, _attributes(topic, "send", count)) as span:
        yield span


@contextmanager
def processing(topic: str, traceparents: Iterable[str | None], count: int) -> Iterator[list[Span]]:
    """Open the batch's span and one `process` span under each distinct sampled parent.

    The trace of one event is then one tree; the Zipkin exporter drops links.
    """
    attributes = _attributes(topic, "process", count)
    with (
        _span(f"receive {topic}", Context(), SpanKind.CONSUMER, attributes),
        _under_parents(f"process {topic}", traceparents, SpanKind.CONSUMER, attributes) as spans,
    ):
        yield spans


@contextmanager
def resuming(name: str, traceparents: Iterable[str | None]) -> Iterator[list[Span]]:
    """Open a span of this name under each distinct sampled parent: work on events, put off till now."""
    with _under_parents(name, traceparents, SpanKind.INTERNAL, {}) as spans:
        yield spans


@contextmanager
def _under_parents(
    name: str,
    traceparents: Iterable[str | None],
    kind: SpanKind,
    attributes: Mapping[str, str | int],
) -> Iterator[list[Span]]:
    parents = sorted({parent for parent in traceparents if _is_sampled(parent)})[:MAX_PARENTS]
    with ExitStack() as stack:
        spans = [
            stack.enter_context(_span(name, _remote(parent), kind, attributes))
            for parent in parents
        ]
        made = {parent: traceparent(span) for parent, span in zip(parents, spans, strict=True)}
        before = _continued.set({parent: own for parent, own in made.items() if own})
        try:
            yield spans
        finally:
            _continued.reset(before)


def continued(parent: str | None) -> str | None:
    """Return where the work on an event goes on in its trace: under the span that is open for it, if any."""
    return (_continued.get() or {}).get(parent, parent) if parent else None


@contextmanager
def committing(processes: Iterable[Span]) -> Iterator[None]:
    """Open a `commit` span under each `process` span, around the transaction's commit."""
    with ExitStack() as stack:
        for process in processes:
            parent = trace.set_span_in_context(process)
            stack.enter_context(_span("commit", parent, SpanKind.INTERNAL, {}))
        yield


@contextmanager
def _span(
    name: str, context: Context | None, kind: SpanKind, attributes: Mapping[str, str | int]
) -> Iterator[Span]:
    """Open a span; an error is told by its type alone, for its text may quote a row's values."""
    with _TRACER.start_as_current_span(
        name,
        context=context,
        kind=kind,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def _is_sampled(parent: str | None) -> TypeGuard[str]:
    # Of a thousand parents few are sampled, which an odd last digit tells at once.
    return bool(parent and parent[-1] in _ODD and span_context(parent).is_valid)


def _remote(parent: str) -> Context:
    return trace.set_span_in_context(NonRecordingSpan(span_context(parent)), Context())


def _attributes(topic: str, operation: str, count: int) -> dict[str, str | int]:
    return {
        "messaging.system": "kafka",
        "messaging.destination.name": topic,
        "messaging.operation.type": operation,
        "messaging.batch.message_count": count,
    }
