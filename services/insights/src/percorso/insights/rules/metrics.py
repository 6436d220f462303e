"""Which rules are live, and whether what was edited since was refused."""

from prometheus_client import Gauge

# One version at a time: the label never has two values.
LIVE = Gauge("percorso_rules_live", "1 for the set of rules that is live", ["version"])
FAULTS = Gauge("percorso_rules_faults", "Faults of the newest set of rules; 0 when it is live")
