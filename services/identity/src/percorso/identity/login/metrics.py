"""What logins count; the outcome is `done` or one of the closed list of faults."""

from prometheus_client import Counter

LOGINS = Counter("percorso_logins", "Logins that came back from a provider", ["outcome"])
