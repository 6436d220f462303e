"""Metrics of sending; none has a label of a person."""

from prometheus_client import Counter, Gauge, Histogram

# A conversation with a mail server takes tens of milliseconds, and 20 s at the most.
_ATTEMPT_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0)

WAITING = Gauge("percorso_messages_waiting", "Messages that wait, due or not", ["via"])
DUE_SECONDS = Gauge(
    "percorso_messages_due_seconds", "For how long the longest due message has been due", ["via"]
)
ATTEMPTS = Counter("percorso_message_attempts", "Attempts ended, by outcome", ["via", "outcome"])
ATTEMPT_SECONDS = Histogram(
    "percorso_message_attempt_seconds",
    "One attempt, from its record to its outcome's",
    ["via"],
    buckets=_ATTEMPT_BUCKETS,
)
SETTLED = Counter(
    "percorso_messages_settled",
    "Messages that are done with, by state, or by reason where one has",
    ["via", "end"],
)
