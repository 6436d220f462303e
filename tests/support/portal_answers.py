"""What the services answer the portal, in tests of its pages."""

from typing import Any

from tests.support.portals import Portal

ID = "00000000-0000-8000-8000-000000000007"
OTHER = "00000000-0000-8000-8000-000000000008"
CATALOGUE = {
    "code": "assegno-unico",
    "name": {"it": "Assegno unico", "en": "Child allowance"},
    "contact": "https://www.example.org/assegno",
}
SERVICES = {"version": "1", "items": [CATALOGUE]}
Json = dict[str, Any]


def a_suggestion(**changed: Any) -> Json:
    """Return a suggestion as insights gives it."""
    said: Json = {
        "id": ID,
        "service": "assegno-unico",
        "purpose": "proactive-suggestions",
        "channel": "inbox",
        "at": "2026-05-04T10:00:00Z",
        "title": {"it": "Assegno unico", "en": "Child allowance"},
        "reasons": {"it": ["È nato un bambino."], "en": ["A child was born."]},
        "rule": "assegno-unico@1",
        "expires_at": "2026-06-04T10:00:00Z",
        "state": "shown",
    }
    return said | changed


def a_why(**changed: Any) -> Json:
    """Return why something was suggested, as insights gives it."""
    event = {
        "source": "urn:it:c_a182:stato-civile",
        "id": "1",
        "type": "eu.percorso.birth.registered.v1",
        "occurred_at": "2026-05-04T08:00:00Z",
        "agency": "c_a182",
    }
    said: Json = {
        "id": ID,
        "service": "assegno-unico",
        "state": "shown",
        "rule": "assegno-unico@1",
        "ruleset": "abc",
        "decided_at": "2026-05-04T10:00:00Z",
        "reasons": [{"it": "È nato un bambino.", "en": "A child was born.", "events": [event]}],
        "legal_reference": {"it": "Decreto", "en": "Decree", "url": "https://law.example.org/1"},
        "flip": {"fact": "trigger", "known": True, "value": False, "it": "Se no", "en": "If not"},
        "priority": {},
    }
    return said | changed


def a_message(**changed: Any) -> Json:
    """Return a message as notifications gives it."""
    said: Json = {
        "id": ID,
        "suggestion": OTHER,
        "via": "inbox",
        "state": "delivered",
        "reason": None,
        "at": "2026-05-04T10:00:00Z",
        "read_at": None,
        "purpose": "proactive-suggestions",
        "service": "assegno-unico",
        "title": "Assegno unico",
        "reasons": ["È nato un bambino."],
        "link": "https://www.example.org/assegno",
        "expires_at": "2026-06-04T10:00:00Z",
    }
    return said | changed


def a_consent(purpose: str, channel: str, **changed: Any) -> Json:
    """Return a consent as identity gives it."""
    said: Json = {
        "purpose": purpose,
        "channel": channel,
        "basis": "consent",
        "holds": False,
        "version": None,
        "decided_at": None,
        "decided_for": None,
        "text": {"it": f"Testo di {purpose}", "en": f"Text of {purpose}"},
        "text_version": 1,
        "law": None,
    }
    return said | changed


async def sent(portal: Portal, method: str, path: str) -> list[Json | None]:
    """Return the bodies that a service was sent."""
    return [
        await each.json() if await each.body() else None
        for each in portal.services.asked
        if (each.method, each.url.path) == (method, path)
    ]


# Suggestions
