"""Spans that cannot be had away are counted, and disturb nothing."""

import asyncio
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from percorso.chassis.telemetry import MAX_QUEUE, Bounded, Telemetry


class Backend(SpanExporter):
    def __init__(self, *, result: SpanExportResult | Exception = SpanExportResult.SUCCESS) -> None:
        self.result = result
        self.taken = 0
        self.may_go = threading.Event()
        self.may_go.set()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.may_go.wait(10)
        if isinstance(self.result, Exception):
            raise self.result
        self.taken += len(spans)
        return self.result


def dropped() -> float:
    return REGISTRY.get_sample_value("percorso_spans_dropped_total") or 0.0


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.may_go.set()


def telemetry(backend: Backend) -> tuple[Telemetry, TracerProvider]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(Bounded(backend))
    return Telemetry(provider), provider


def of_spans(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the levels of the lines about spans: what other tests left running may speak too."""
    return [line["log_level"] for line in lines if line["event"].startswith("spans ")]


def end_spans(provider: TracerProvider, count: int) -> None:
    tracer = provider.get_tracer("test")
    for _ in range(count):
        tracer.start_span("x").end()


async def test_spans_arrive_at_the_flush(backend: Backend) -> None:
    spans, provider = telemetry(backend)
    before = dropped()

    end_spans(provider, 600)
    await spans.flush()

    assert backend.taken == 600
    assert dropped() == before


@pytest.mark.parametrize("result", [SpanExportResult.FAILURE, ConnectionError("secret")])
async def test_a_dead_backend_counts_and_speaks_once(
    backend: Backend, result: SpanExportResult | Exception
) -> None:
    backend.result = result
    spans, provider = telemetry(backend)
    before = dropped()

    with capture_logs() as lines:
        end_spans(provider, 1_500)
        await spans.flush()

    assert dropped() - before == 1_500
    assert of_spans(lines) == ["warning"]
    assert "secret" not in str(lines)


async def test_a_stuck_backend_fills_a_bounded_queue(backend: Backend) -> None:
    spans, provider = telemetry(backend)
    before = dropped()
    backend.may_go.clear()

    end_spans(provider, 3 * MAX_QUEUE)

    assert MAX_QUEUE <= dropped() - before <= 2 * MAX_QUEUE
    backend.may_go.set()
    await spans.flush(5)
    assert backend.taken + dropped() - before == 3 * MAX_QUEUE


async def test_a_stuck_backend_does_not_hold_up_the_stop(backend: Backend) -> None:
    spans, provider = telemetry(backend)
    backend.may_go.clear()
    end_spans(provider, 10)

    started = time.monotonic()
    with capture_logs() as lines:
        await asyncio.wait_for(spans.flush(0.2), 2)

    assert time.monotonic() - started < 1
    assert of_spans(lines) == ["warning"]
