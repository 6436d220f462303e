"""Suggestions, messages and consents: what is read, and what a form changes."""

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support.portal_answers import (
    CATALOGUE,
    ID,
    OTHER,
    SERVICES,
    Json,
    a_consent,
    a_message,
    a_suggestion,
    a_why,
    sent,
)
from tests.support.portals import Browser, Portal


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


def a_receipt(*, given: bool) -> Json:
    """Return the receipt of a decision as identity gives it."""
    return {
        "id": OTHER,
        "subject": ID,
        "purpose": "feedback",
        "channel": "any",
        "given": given,
        "version": 3,
        "decided_at": "2026-05-04T10:00:00Z",
        "text_version": 1,
    }


@pytest.mark.parametrize(("pressed", "given"), [("yes", True), ("no", False)])
async def test_a_decision_is_sent_on_and_answered_with_the_receipt(
    portal: Portal, browser: Browser, pressed: str, *, given: bool
) -> None:
    portal.services.answers |= {
        "GET /v1/consents/me": {"items": [a_consent("feedback", "any", holds=not given)]},
        "PUT /v1/consents/me/feedback/any": a_receipt(given=given),
    }
    page = await browser.open("/consents")

    answer = await browser.submit(page, "/consents")

    assert await sent(portal, "PUT", "/v1/consents/me/feedback/any") == [{"given": given}]
    assert f'value="{pressed}"' in page.text
    assert OTHER in answer.text
    assert ID not in answer.text
    assert "Testo di feedback" in answer.text


@pytest.mark.parametrize(
    "after", [503, {"items": []}, {"items": [a_consent("feedback", "any", text_version=2)]}]
)
async def test_a_receipt_names_the_purpose_where_its_words_cannot_be_had(
    portal: Portal, browser: Browser, after: Json | int
) -> None:
    async def decided(_: Request) -> Response:
        portal.services.answers["GET /v1/consents/me"] = after
        return JSONResponse(a_receipt(given=True))

    portal.services.answers |= {
        "GET /v1/consents/me": {"items": [a_consent("feedback", "any")]},
        "PUT /v1/consents/me/feedback/any": decided,
    }

    answer = await browser.submit(await browser.open("/consents"), "/consents")

    assert answer.status_code == 200
    assert "<dd>feedback</dd>" in answer.text


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
