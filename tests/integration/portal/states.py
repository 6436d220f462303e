"""The states that pages can be in, as the services behind them answer."""

from typing import Any

from tests.support.portals import Json, a_page, an_item

ID = "00000000-0000-8000-8000-000000000007"
LONG = (
    "Lunghissima parola: " + "precipitevolissimevolmente" * 12 + " e poi " + "ancora parole " * 60
)
CITIZENS = (
    "/",
    "/timeline",
    "/suggestions",
    f"/suggestions/{ID}",
    "/messages",
    "/consents",
    "/access-log",
    "/links",
    "/preferences",
)
EVERYBODYS = ("/", "/login", "/codes", "/accessibility", "/docs", "/operations/login", "/nothing")

Answers = dict[str, Any]


def full(text: str = "Testo breve", agency: str = "c_a182") -> Answers:
    """Return answers with something of everything, in which `text` stands wherever text may."""
    both, lists = {"it": text, "en": text}, {"it": [text, text], "en": [text, text]}
    instant = "2026-05-04T10:00:00Z"
    event = {"type": "eu.percorso.birth.registered.v1", "occurred_at": instant, "agency": agency}
    items = [
        an_item(agency=agency),
        an_item(agency=agency, type="eu.percorso.payment.requested.v1", touchpoint=PAYMENT),
        an_item(matter=None, agency=agency, type=ANSWERED, touchpoint={"resolution": text}),
        an_item(occurred_at="2026-04-01T10:00:00Z", matter=text[:200], touchpoint={"text": text}),
    ]
    suggestion = {"id": ID, "service": "assegno-unico", "at": instant, "expires_at": instant}
    message = {"id": ID, "at": instant, "purpose": "feedback", "expires_at": instant}
    words = {"title": both, "reasons": lists}
    written = {"title": text, "reasons": [text], "link": "https://www.example.org"}
    law = {**both, "url": "https://law.example.org/1"}
    return {
        "GET /v1/timelines/me": a_page(*items, next_cursor="next", freshness_ms=9_000),
        "GET /v1/suggestions/me": {"items": [{**suggestion, **words, "state": "shown"}]},
        f"GET /v1/suggestions/{ID}/why": {
            "id": ID,
            "service": "assegno-unico",
            "state": "shown",
            "rule": "assegno@1",
            "decided_at": instant,
            "legal_reference": law,
            "flip": both,
            "reasons": [{**both, "events": [event]}],
        },
        "GET /v1/messages/me": {
            "items": [
                {**message, **written, "via": "inbox", "state": "delivered", "read_at": None},
                {**message, **written, "via": "email", "state": "failed", "read_at": instant},
            ],
            "next_cursor": "next",
        },
        "GET /v1/consents/me": {"items": [*_consents(text)]},
        "GET /v1/access-log/me": {
            "items": [
                {"id": ID, "at": instant, "who": f"agency:{agency}", **_asked(text)},
                {"id": ID[:-1] + "8", "at": instant, "who": "service:notifications", **_why("x")},
            ],
            "next_cursor": "next",
        },
        "GET /v1/links/me": {
            "items": [
                {"link_id": ID, "proof": "agency", "agency": agency, "asserted_at": instant},
                {
                    "link_id": ID[:-1] + "8",
                    "proof": "login",
                    "agency": None,
                    "asserted_at": instant,
                },
            ]
        },
        "GET /v1/preferences/me": {"quiet_hours": "21:00-08:00", "language": "it"},
        "GET /v1/contacts/me": {"email": "a@mail.example", "phone": None},
        "GET /v1/services": {"items": [{**SERVICE, "name": both}]},
        "POST /v1/verifications": {
            "genuine": True,
            "sent_at": instant,
            "service": "assegno-unico",
            "via": "email",
        },
    }


def empty() -> Answers:
    """Return the answers of whoever nobody has met."""
    nothing: Json = {"items": [], "next_cursor": None}
    return full() | {
        "GET /v1/timelines/me": a_page(),
        "GET /v1/suggestions/me": {"items": [], "reason": {"it": "Nulla.", "en": "Nothing."}},
        "GET /v1/messages/me": nothing,
        "GET /v1/access-log/me": nothing,
        "GET /v1/links/me": nothing,
        "GET /v1/contacts/me": {"email": None, "phone": None},
        "POST /v1/verifications": {"genuine": False},
    }


def operations() -> Answers:
    """Return what operations see: services that are ready, and letters."""
    letter = {"id": 41, "topic": "percorso.touchpoints.v1", "partition": 3, "offset": 9}
    more = {"reason": "invalid_touchpoint", "recorded_at": "2026-05-04T10:00:00Z", "attempts": 2}
    whose = {"type": "eu.percorso.touchpoint.recorded.v1", "agency": "c_" + "a" * 30}
    unknown = {**letter, **more, "id": 42, "type": None, "agency": None}
    return {
        "GET /readyz": {"status": "ready", "checks": {"postgres": "ok"}},
        "GET /status": {"version": "0.1.0", "lag": 7, "freshness_ms": 1200, "dead_letters": 1},
        "GET /v1/dead-letters": {"items": [{**letter, **more, **whose}, unknown]},
    }


def _consents(text: str) -> list[Json]:
    words = {"it": text, "en": text}
    blank: Json = {"decided_at": None, "decided_for": None, "law": None, "holds": False}
    blank |= {"text": words, "text_version": 1}
    decided = {"decided_at": "2026-05-04T10:00:00Z", "decided_for": "any", "holds": True}
    chosen = {"purpose": "proactive-suggestions", "basis": "consent"}
    return [
        {**blank, **chosen, "channel": "any", **decided},
        *({**blank, **chosen, "channel": each} for each in ("email", "inbox", "app", "phone")),
        {**blank, "purpose": "service-notices", "basis": "law", "channel": "any", "law": words},
    ]


def _asked(text: str) -> Json:
    return {"role": "desk", "action": "timeline-read", "purpose": text, "reference": text[:256]}


def _why(text: str) -> Json:
    return {"action": "email-released", "purpose": text, "reference": text[:256]}


ANSWERED = "eu.percorso.complaint.answered.v1"
PAYMENT = {"notice": "302000000000000001", "amount_cents": 12_350, "due": "2026-06-04T10:00:00Z"}
SERVICE = {"code": "assegno-unico", "contact": "https://www.example.org/assegno"}
