"""Metrics of publishing and consuming; one instrument per fact."""

from collections.abc import Callable

from prometheus_client import Counter, Gauge, Histogram

# Acknowledgements take about 1 ms when all is well and 5 s at the most before the client is rebuilt.
_SEND_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
# From "milliseconds later" to an outage of a day.
_AGE_BUCKETS = (0.005, 0.015, 0.05, 0.25, 1.0, 5.0, 30.0, 300.0, 3_600.0, 86_400.0)

PUBLISHED = Counter("percorso_published", "Records acknowledged by the broker", ["topic"])
PUBLISH_SECONDS = Histogram(
    "percorso_publish_seconds", "From queue to acknowledgement, one round", buckets=_SEND_BUCKETS
)
PUBLISH_QUEUE = Gauge(
    "percorso_publish_queue_records", "Records waiting for a round, of all topics"
)
PUBLISHER_REBUILDS = Counter("percorso_publisher_rebuilds", "Producers given up and made anew")

APPLIED = Counter("percorso_applied", "Records applied, duplicates included", ["topic"])
DEAD_LETTERS = Counter("percorso_dead_letters", "Records that could not be applied", ["reason"])
APPLY_SECONDS = Histogram(
    "percorso_apply_seconds", "One batch's transaction", buckets=_SEND_BUCKETS
)
EVENT_AGE = Histogram(
    "percorso_event_age_seconds", "Oldest event of a batch when applied", buckets=_AGE_BUCKETS
)
LAG = Gauge("percorso_lag_records", "Records behind the end", ["topic", "partition"])
FRESHNESS = Gauge(
    "percorso_freshness_seconds",
    "0 when caught up with an end read in the last 5 s, else the age of the oldest unapplied event",
)
SUBSCRIBER_REBUILDS = Counter("percorso_subscriber_rebuilds", "Consumers given up and made anew")

_freshness: dict[str, Callable[[], float]] = {}


def watch_freshness(topic: str, seconds: Callable[[], float]) -> None:
    """Let the gauge ask, when it is read, and show the stalest of what a process consumes."""
    _freshness[topic] = seconds
    FRESHNESS.set_function(lambda: max(each() for each in _freshness.values()))
