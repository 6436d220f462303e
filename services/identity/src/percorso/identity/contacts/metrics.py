"""Metrics of contacts."""

from prometheus_client import Counter

RELEASES = Counter(
    "percorso_address_releases",
    "Addresses asked for, by purpose, channel and outcome (released, no-consent, no-address)",
    ["purpose", "channel", "outcome"],
)
