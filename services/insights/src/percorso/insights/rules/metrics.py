"""Which rules are live, and whether what was edited since was refused."""

from prometheus_client import Gauge, Info

LIVE = Info("percorso_rules", "The set of rules that is live, by its version")
FAULTS = Gauge("percorso_rules_faults", "Faults of the newest set of rules; 0 when it is live")
