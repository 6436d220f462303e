"""Metrics about being a process."""

from typing import Literal

from prometheus_client import Counter, Gauge

Name = Literal["percorso_ready", "percorso_spans_dropped_total"]

READY = Gauge("percorso_ready", "1 when everything this process needs is there")
SPANS_DROPPED = Counter("percorso_spans_dropped", "Spans that never reached the trace backend")
