"""Spans: where they go, and that losing them disturbs nothing."""

import asyncio
import os
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from percorso.chassis import logs, metrics
from percorso.chassis.settings import TelemetrySettings

MAX_QUEUE = 2_048  # spans waiting, about 4 MB; OpenTelemetry's own default
MAX_BATCH = 512
DELAY_MS = 500  # a trace is to be seen while one still looks for it
FLUSH_S = 1.0
LOG_EVERY_S = 60.0
_log = logs.get(__name__)
# Imported when chosen: each costs start time and megabytes.
_EXPORTERS = {
    "otlp": ("opentelemetry.exporter.otlp.proto.http.trace_exporter", "OTLPSpanExporter"),
    "zipkin": ("opentelemetry.exporter.zipkin.json", "ZipkinExporter"),
    "console": ("opentelemetry.sdk.trace.export", "ConsoleSpanExporter"),
}


class Telemetry:
    """The process's tracer provider; `flush` ends it."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider

    async def flush(self, timeout: float = FLUSH_S) -> None:
        """Send what waits and stop, within the time; a dead backend costs no more than that."""
        loop = asyncio.get_running_loop()
        done = asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop is gone: nobody waits any more
                loop.call_soon_threadsafe(done.set)

        # A thread of its own: one of the loop's executor would hold up the exit for its full timeout.
        threading.Thread(target=shut_down, name="telemetry-flush", daemon=True).start()
        try:
            async with asyncio.timeout(timeout):
                await done.wait()
        except TimeoutError:
            _log.warning("spans were left behind: the trace backend did not take them in time")


def start(service: str, version: str, settings: TelemetrySettings) -> Telemetry:
    """Set the process's tracer provider; sampler and endpoints are read from `OTEL_*`."""
    resource = Resource.create(
        {
            "service.name": service,
            "service.namespace": "percorso",
            "service.version": version,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
    )
    # The exit must not wait for OpenTelemetry's own hook: `flush` has a limit, the hook has 30 s.
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if settings.exporter != "none":
        module, name = _EXPORTERS[settings.exporter]
        provider.add_span_processor(Bounded(getattr(import_module(module), name)()))
    trace.set_tracer_provider(provider)
    return Telemetry(provider)


class Bounded(SpanProcessor):
    """Batches spans for an exporter; what does not fit or does not arrive is counted, not kept."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = _Counted(exporter)
        self._batches = BatchSpanProcessor(
            self._exporter,
            max_queue_size=MAX_QUEUE,
            max_export_batch_size=MAX_BATCH,
            schedule_delay_millis=DELAY_MS,
        )

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Do nothing: only ended spans are kept."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue the span if there is room."""
        if span.context is None or not span.context.trace_flags.sampled:
            return
        if self._exporter.take_place():
            self._batches.on_end(span)
        else:
            metrics.SPANS_DROPPED.inc()

    def shutdown(self) -> None:
        """Send what waits; may block as long as the exporter does."""
        self._batches.shutdown()  # type: ignore[no-untyped-call] # OpenTelemetry left it bare

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Send what waits; may block as long as the exporter does."""
        return self._batches.force_flush(timeout_millis)


class _Counted(SpanExporter):
    """Exports without ever raising, counts the losses and speaks of them once a minute."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._places = MAX_QUEUE
        self._lock = threading.Lock()
        self._spoke_at = float("-inf")

    def take_place(self) -> bool:
        with self._lock:
            has_place = self._places > 0
            self._places -= has_place
        return has_place

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        with self._lock:
            self._places += len(spans)
        try:
            result = self._exporter.export(spans)
        except Exception as error:  # noqa: BLE001 - whatever an exporter raises, spans are not worth a failure
            self._lose(len(spans), type(error).__name__)
            return SpanExportResult.FAILURE
        if result is not SpanExportResult.SUCCESS:
            self._lose(len(spans), "refused")
        return result

    def _lose(self, count: int, reason: str) -> None:
        metrics.SPANS_DROPPED.inc(count)
        if time.monotonic() - self._spoke_at >= LOG_EVERY_S:
            self._spoke_at = time.monotonic()
            _log.warning("spans are being dropped: the trace backend takes none", reason=reason)

    def shutdown(self) -> None:
        self._exporter.shutdown()
