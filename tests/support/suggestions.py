"""Suggestions as insights writes them."""

import json
from typing import Any

from percorso.events.types.own import SuggestionMade

SUGGESTION = "0190b1c2-0000-7000-8000-000000000001"


def a_suggestion(**members: Any) -> bytes:
    """Return the payload of a suggestion, with members changed; None leaves one out."""
    made = {
        "channel": "05",
        "service": "assegno-unico",
        "suggestion": SUGGESTION,
        "rule": "assegno-unico@1",
        "purpose": "proactive-suggestions",
        "via": "email",
        "title": {"it": "Assegno unico", "en": "Universal allowance"},
        "reasons": {"it": ["È stata registrata una nascita"], "en": ["A birth was registered"]},
        "link": "https://www.inps.it",
        "send_from": "2026-05-04T10:00:00Z",
        "expires_at": "2026-06-03T10:00:00Z",
        **members,
    }
    return json.dumps({name: value for name, value in made.items() if value is not None}).encode()


def read(payload: bytes) -> SuggestionMade:
    """Return the payload as a value."""
    return SuggestionMade.model_validate_json(payload)
