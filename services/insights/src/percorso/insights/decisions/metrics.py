"""Metrics of deciding."""

from prometheus_client import Counter, Gauge, Histogram

# From the door's receipt to the commit; the promise is a second for all but one in a hundred.
_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0)

DECISIONS = Counter("percorso_decisions", "Decisions, by what came of them", ["outcome"])
DECISION_AGE = Histogram(
    "percorso_decision_age_seconds",
    "From the receipt of what made a decision necessary to its commit, of what proposes something",
    buckets=_BUCKETS,
)
DECISIONS_WAITING = Gauge(
    "percorso_decisions_waiting_seconds",
    "Since when the oldest citizen waits who is to be decided about; 0 when nobody does",
)
DECISION_FAILURES = Counter(
    "percorso_decision_failures", "Citizens about whom deciding failed; tried again later"
)
