"""Suggestions, messages, consents, preferences, codes: what is read, and what a form changes."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support import portals
from tests.support.portals import Browser, Portal, a_page, an_item

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


async def test_a_suggestion_is_shown_with_its_reasons_and_that_is_reported_once(
    portal: Portal, browser: Browser
) -> None:
    new, seen = a_suggestion(state="open"), a_suggestion(id=OTHER, state="shown")
    portal.services.answers |= {
        "GET /v1/suggestions/me": {"items": [new, seen], "reason": None},
        f"POST /v1/suggestions/{ID}/reactions": {"id": ID, "state": "shown"},
    }

    page = await browser.open("/suggestions")

    assert "È nato un bambino." in page.text
    assert await sent(portal, "POST", f"/v1/suggestions/{ID}/reactions") == [{"reaction": "shown"}]
    assert await sent(portal, "POST", f"/v1/suggestions/{OTHER}/reactions") == []


async def test_suggestions_are_shown_though_nobody_takes_the_report(
    portal: Portal, browser: Browser
) -> None:
    portal.services.answers["GET /v1/suggestions/me"] = {"items": [a_suggestion(state="open")]}

    assert (await browser.open("/suggestions")).status_code == 200


async def test_nothing_to_suggest_is_said_with_its_reason(portal: Portal, browser: Browser) -> None:
    reason = {"code": "no-consent", "it": "Non hai dato il consenso.", "en": "No consent."}
    portal.services.answers["GET /v1/suggestions/me"] = {"items": [], "reason": reason}

    assert "Non hai dato il consenso." in (await browser.open("/suggestions")).text


@pytest.mark.parametrize(
    ("reaction", "leads_to"),
    [
        ("followed", f"/suggestions/{ID}"),
        ("later", "/suggestions?done=later"),
        ("dismissed", "/suggestions?done=dismissed"),
    ],
)
async def test_a_reaction_is_sent_on(
    portal: Portal, browser: Browser, reaction: str, leads_to: str
) -> None:
    portal.services.answers |= {
        "GET /v1/suggestions/me": {"items": [a_suggestion()]},
        f"POST /v1/suggestions/{ID}/reactions": {"id": ID, "state": reaction},
    }
    page = await browser.open("/suggestions")

    led = await browser.submit(page, f"/suggestions/{ID}", reaction=reaction)

    assert led.headers["location"] == leads_to
    assert await sent(portal, "POST", f"/v1/suggestions/{ID}/reactions") == [{"reaction": reaction}]


async def test_a_reaction_that_there_is_not_is_refused(portal: Portal, browser: Browser) -> None:
    portal.services.answers["GET /v1/suggestions/me"] = {"items": [a_suggestion()]}
    page = await browser.open("/suggestions")

    answer = await browser.submit(page, f"/suggestions/{ID}", reaction="shown")

    assert answer.status_code == 403
    assert await sent(portal, "POST", f"/v1/suggestions/{ID}/reactions") == []


async def test_why_has_reasons_events_law_and_what_would_change_it(
    portal: Portal, browser: Browser
) -> None:
    portal.services.answers |= {
        f"GET /v1/suggestions/{ID}/why": a_why(),
        "GET /v1/services": SERVICES,
    }

    page = await browser.open(f"/suggestions/{ID}")

    for words in (
        "Assegno unico",
        "È nato un bambino.",
        "È stata registrata una nascita",
        "Comune",
        "https://law.example.org/1",
        "Se no",
        "https://www.example.org/assegno",
    ):
        assert words in page.text


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://law.example.org", "data:text/html,x"]
)
async def test_only_secure_addresses_are_linked_to(
    portal: Portal, browser: Browser, link: str
) -> None:
    law = {"it": "Decreto", "en": "Decree", "url": link}
    services = [{**CATALOGUE, "contact": link}]
    portal.services.answers |= {
        f"GET /v1/suggestions/{ID}/why": a_why(legal_reference=law),
        "GET /v1/services": {"items": services},
        "GET /v1/messages/me": {"items": [a_message(link=link)], "next_cursor": None},
    }

    pages = [await browser.open(path) for path in (f"/suggestions/{ID}", "/messages")]

    assert [page.status_code for page in pages] == [200, 200]
    assert not any(f'href="{link}' in page.text for page in pages)


async def test_anothers_suggestion_is_no_page(portal: Portal, browser: Browser) -> None:
    portal.services.answers[f"GET /v1/suggestions/{ID}/why"] = 404

    assert (await browser.open(f"/suggestions/{ID}")).status_code == 404
    assert (await browser.open("/suggestions/no-id")).status_code == 404


# Messages


async def test_a_new_message_can_be_marked_as_read(portal: Portal, browser: Browser) -> None:
    async def read(_: Request) -> Response:
        return Response(status_code=204)

    mailed = a_message(id=OTHER, via="email", state="sent", title="Per posta")
    portal.services.answers |= {
        "GET /v1/messages/me": {"items": [a_message(), mailed], "next_cursor": "abc"},
        f"POST /v1/messages/{ID}/read": read,
    }
    page = await browser.open("/messages")

    led = await browser.submit(page, f"/messages/{ID}/read")

    assert led.headers["location"] == "/messages"
    assert await sent(portal, "POST", f"/v1/messages/{ID}/read") == [None]
    assert f"/messages/{OTHER}/read" not in page.text
    assert "/messages?cursor=abc" in page.text
    assert "per e-mail" in page.text


async def test_an_empty_inbox_says_so_and_a_wrong_cursor_leads_back(
    portal: Portal, browser: Browser
) -> None:
    async def refusing(_: Request) -> Response:
        return JSONResponse({"type": "urn:percorso:problem:invalid-message-cursor"}, 422)

    portal.services.answers["GET /v1/messages/me"] = {"items": [], "next_cursor": None}
    empty = await browser.open("/messages")
    portal.services.answers["GET /v1/messages/me"] = refusing
    led = await browser.open("/messages?cursor=of-somebody-else")

    assert "Non hai messaggi." in empty.text
    assert led.headers["location"] == "/messages"


# Consents


async def test_consents_are_listed_by_purpose_those_by_law_without_a_choice(
    portal: Portal, browser: Browser
) -> None:
    law = {"it": "Legge 241", "en": "Law 241"}
    portal.services.answers["GET /v1/consents/me"] = {
        "items": [
            a_consent("service-notices", "any", basis="law", holds=True, law=law),
            a_consent("proactive-suggestions", "any"),
            a_consent("proactive-suggestions", "email", holds=True),
        ]
    }

    page = await browser.open("/consents")

    assert "Testo di proactive-suggestions" in page.text
    assert "Legge 241" in page.text
    assert 'value="service-notices"' not in page.text
    assert page.text.index("proactive-suggestions") < page.text.index("service-notices")


@pytest.mark.parametrize(("pressed", "given"), [("yes", True), ("no", False)])
async def test_a_decision_is_sent_on_and_answered_with_the_receipt(
    portal: Portal, browser: Browser, pressed: str, *, given: bool
) -> None:
    receipt = {
        "id": OTHER,
        "subject": ID,
        "purpose": "feedback",
        "channel": "any",
        "given": given,
        "version": 3,
        "decided_at": "2026-05-04T10:00:00Z",
        "text_version": 1,
    }
    portal.services.answers |= {
        "GET /v1/consents/me": {"items": [a_consent("feedback", "any", holds=not given)]},
        "PUT /v1/consents/me/feedback/any": receipt,
    }
    page = await browser.open("/consents")

    answer = await browser.submit(page, "/consents")

    assert await sent(portal, "PUT", "/v1/consents/me/feedback/any") == [{"given": given}]
    assert f'value="{pressed}"' in page.text
    assert OTHER in answer.text
    assert ID not in answer.text


@pytest.mark.parametrize(
    "changed", [{"purpose": "../links"}, {"channel": ""}, {"given": "perhaps"}, {"purpose": "a/b"}]
)
async def test_no_form_reaches_another_path_of_identity(
    portal: Portal, browser: Browser, changed: dict[str, str]
) -> None:
    portal.services.answers["GET /v1/consents/me"] = {"items": [a_consent("feedback", "any")]}
    page = await browser.open("/consents")

    answer = await browser.submit(page, "/consents", **changed)

    assert answer.status_code == 403
    assert [each.method for each in portal.services.asked] == ["GET"]


# Preferences


def _preferences(portal: Portal) -> None:
    portal.services.answers |= {
        "GET /v1/preferences/me": {"quiet_hours": "22:00-07:30", "language": "en"},
        "GET /v1/contacts/me": {"email": "a@mail.example", "phone": None},
        "PUT /v1/preferences/me": {"quiet_hours": None, "language": "it"},
        "PUT /v1/contacts/me": {"email": None, "phone": None},
    }


@pytest.mark.parametrize(
    ("changed", "kept"),
    [
        ({"begin": "23:00"}, {"quiet_hours": "23:00-07:30", "language": "it"}),
        ({"language": "en"}, {"quiet_hours": "22:00-07:30", "language": "en"}),
        ({"no_quiet": "1", "begin": ""}, {"quiet_hours": None, "language": "it"}),
    ],
)
async def test_preferences_are_kept_as_they_were_filled_in(
    portal: Portal, browser: Browser, changed: dict[str, str], kept: Json
) -> None:
    _preferences(portal)
    page = await browser.open("/preferences")
    fields = {"form": portals.mark(page), "begin": "22:00", "end": "07:30", "language": "it"}

    led = await browser.send("/preferences", **(fields | changed))

    assert led.headers["location"] == "/preferences?kept=1"
    assert await sent(portal, "PUT", "/v1/preferences/me") == [kept]


@pytest.mark.parametrize(
    "changed", [{"begin": "25:00"}, {"end": ""}, {"begin": "07:30"}, {"begin": "soon"}]
)
async def test_times_that_are_none_are_marked_and_nothing_is_kept(
    portal: Portal, browser: Browser, changed: dict[str, str]
) -> None:
    _preferences(portal)
    page = await browser.open("/preferences")
    fields = {"form": portals.mark(page), "begin": "22:00", "end": "07:30", "language": "it"}

    answer = await browser.send("/preferences", **(fields | changed))

    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert await sent(portal, "PUT", "/v1/preferences/me") == []


async def test_an_address_that_is_none_is_marked_as_it_was_typed(
    portal: Portal, browser: Browser
) -> None:
    async def refusing(_: Request) -> Response:
        errors = [{"pointer": "/email", "title": "Is not an address"}]
        problem = {"type": "urn:percorso:problem:invalid-request", "errors": errors}
        return JSONResponse(problem, 422)

    _preferences(portal)
    page = await browser.open("/preferences")
    portal.services.answers["PUT /v1/contacts/me"] = refusing

    answer = await browser.submit(page, "/preferences/contacts", email="not an address", phone="")

    assert answer.status_code == 422
    assert 'value="not an address"' in answer.text
    assert "Questo non è un indirizzo e-mail." in answer.text
    assert "Questo non è un numero" not in answer.text


async def test_an_empty_field_removes_an_address(portal: Portal, browser: Browser) -> None:
    _preferences(portal)
    page = await browser.open("/preferences")

    led = await browser.submit(page, "/preferences/contacts", email=" ", phone="+390111234567")

    assert led.headers["location"] == "/preferences?kept=1"
    assert await sent(portal, "PUT", "/v1/contacts/me") == [
        {"email": None, "phone": "+390111234567"}
    ]


async def test_while_identity_is_away_the_other_preferences_work(
    portal: Portal, browser: Browser
) -> None:
    _preferences(portal)
    portal.services.answers["GET /v1/contacts/me"] = 503

    page = await browser.open("/preferences")

    assert page.status_code == 200
    assert "Ore di silenzio" in page.text
    assert "non si possono leggere in questo momento" in page.text


# Codes


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"genuine": True, "sent_at": "2026-05-04T10:00:00Z", "via": "email"}, "è nostro"),
        ({"genuine": False}, "non è nostro"),
    ],
)
async def test_anybody_may_check_a_code(
    portal: Portal, stranger: Browser, answer: Json, words: str
) -> None:
    portal.services.answers["POST /v1/verifications"] = answer

    page = await stranger.send("/codes", code=" ab12-cd34 ")

    assert words in page.text
    assert await sent(portal, "POST", "/v1/verifications") == [{"code": "ab12-cd34"}]
    assert portal.services.callers("/v1/verifications") == [None]


@pytest.mark.parametrize("code", ["", "  ", "a" * 65])
async def test_no_code_is_asked_for(portal: Portal, stranger: Browser, code: str) -> None:
    page = await stranger.send("/codes", code=code)

    assert page.status_code == 422
    assert "Scrivi il codice" in page.text
    assert portal.services.asked == []


# The first page


async def test_the_first_page_has_something_of_everything(portal: Portal, browser: Browser) -> None:
    messages = [a_message(), a_message(id=OTHER, read_at="2026-05-05T10:00:00Z")]
    portal.services.answers |= {
        "GET /v1/timelines/me": a_page(an_item()),
        "GET /v1/suggestions/me": {"items": [a_suggestion()]},
        "GET /v1/messages/me": {"items": messages, "next_cursor": None},
    }

    page = await browser.open("/")

    for words in (
        "Assegno unico",
        "Hai un messaggio non letto.",
        "La tua domanda è stata registrata",
    ):
        assert words in page.text


@pytest.mark.parametrize("away", ["timelines", "suggestions", "messages"])
async def test_a_service_that_is_away_leaves_the_rest_of_the_first_page(
    portal: Portal, browser: Browser, away: str
) -> None:
    portal.services.answers |= {
        "GET /v1/timelines/me": a_page(an_item()),
        "GET /v1/suggestions/me": {"items": [a_suggestion()]},
        "GET /v1/messages/me": {"items": [], "next_cursor": None},
    }
    del portal.services.answers[f"GET /v1/{away}/me"]

    page = await browser.open("/")

    assert page.status_code == 200
    assert page.text.count('class="away"') == 1


@pytest.mark.parametrize("path", ["/timeline", "/suggestions", "/messages", "/consents"])
async def test_a_page_whose_service_is_away_says_so_and_keeps_its_navigation(
    portal: Portal, browser: Browser, path: str
) -> None:
    page = await browser.open(path)

    assert page.status_code == 503
    assert page.headers["retry-after"]
    assert 'href="/consents"' in page.text
    assert "Esci" in page.text


# Who looked


def an_entry(**changed: Any) -> Json:
    """Return an entry of the access log as identity gives it."""
    said: Json = {
        "id": ID,
        "at": "2026-05-04T10:00:00Z",
        "who": "service:notifications",
        "action": "email-released",
        "purpose": "service-notices",
        "reference": "m-1",
    }
    return said | changed


async def test_who_looked_is_told_in_words(portal: Portal, browser: Browser) -> None:
    operator = an_entry(id=OTHER, who="operator:c_a182/op-7", purpose="sportello", reference="C-1")
    portal.services.answers["GET /v1/access-log/me"] = {
        "items": [an_entry(), operator],
        "next_cursor": "abc",
    }

    page = await browser.open("/access-log")

    for words in (
        "Percorso, per mandarti un messaggio",
        "il tuo indirizzo e-mail",
        "come prevede la legge",
        "Un operatore di Comune",
        "sportello",
        "/access-log?cursor=abc",
    ):
        assert words in page.text
    assert "op-7" not in page.text


async def test_nobody_looked_is_said_too(portal: Portal, browser: Browser) -> None:
    portal.services.answers["GET /v1/access-log/me"] = {"items": [], "next_cursor": None}

    assert "Nessuno ha ricevuto nulla di tuo." in (await browser.open("/access-log")).text


# Links


async def test_a_link_can_be_undone(portal: Portal, browser: Browser) -> None:
    async def undone(_: Request) -> Response:
        return Response(status_code=204)

    by_agency = {"proof": "agency", "agency": "c_a182", "asserted_at": "2026-05-04T10:00:00Z"}
    by_login = {"proof": "login", "agency": None, "asserted_at": "2026-05-05T10:00:00Z"}
    portal.services.answers |= {
        "GET /v1/links/me": {"items": [by_login | {"link_id": OTHER}, by_agency | {"link_id": ID}]},
        f"DELETE /v1/links/{ID}": undone,
    }
    page = await browser.open("/links")

    led = await browser.submit(page, f"/links/{ID}/undo")

    assert "Comune dice di conoscerti anche in un altro modo" in page.text
    assert led.headers["location"] == "/links?undone=1"
    assert await sent(portal, "DELETE", f"/v1/links/{ID}") == [None]
    assert "è annullato" in (await browser.open("/links?undone=1")).text


# A login that is not sure enough


@pytest.mark.parametrize("level", [2, 3])
async def test_where_a_login_is_not_sure_enough_a_stronger_one_is_offered(
    portal: Portal, browser: Browser, level: int
) -> None:
    async def refusing(_: Request) -> Response:
        return JSONResponse({"type": "urn:percorso:problem:level-too-low", "level": level}, 403)

    portal.services.answers |= {
        "GET /v1/consents/me": {"items": [a_consent("feedback", "any")]},
        "PUT /v1/consents/me/feedback/any": refusing,
    }
    page = await browser.open("/consents")

    led = await browser.submit(page, "/consents")
    login = await browser.open(led.headers["location"])

    assert led.headers["location"] == f"/login?return_to=%2Fconsents&level={level}"
    assert f"livello {level}" in login.text
    start = await browser.open(f"/login/start?return_to=%2Fconsents&level={level}")
    assert f"level={level}" in start.headers["location"]
