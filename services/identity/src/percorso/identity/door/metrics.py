"""What the door counts; an agency's code and a problem's slug are the only labels."""

from prometheus_client import Counter

ACCEPTED = Counter("percorso_accepted", "Events acknowledged by the broker", ["agency"])
REJECTED = Counter("percorso_rejected", "Events refused", ["agency", "problem"])
