"""Metrics about being a process."""

from prometheus_client import Counter, Gauge

READY = Gauge("percorso_ready", "1 when everything this process needs is there")
SPANS_DROPPED = Counter("percorso_spans_dropped", "Spans that never reached the trace backend")
