"""All that can be done on the pages, with the keyboard alone, and without JavaScript."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.integration.portal import states, ways
from tests.integration.portal.hands import Hand, Keyboard, Mouse
from tests.integration.portal.served import Served
from tests.integration.portal.states import ID
from tests.support import browsers
from tests.support.portals import Services

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

Uses = Callable[[Page, Hand], None]
# Without motion the ring of the focus is there at once.
HANDS: dict[str, tuple[Callable[[Page], Hand], dict[str, Any]]] = {
    "keyboard": (Keyboard, {"reduced_motion": "reduce"}),
    "no JavaScript": (lambda _: Mouse(), {"java_script_enabled": False}),
}
BY_HAND = pytest.mark.parametrize("by", HANDS)


async def _done(_: Request) -> Response:
    return Response(status_code=204)


async def _kept(request: Request) -> Response:
    return JSONResponse(await request.json())


def _answers() -> states.Answers:
    receipt = {"id": ID, "purpose": "proactive-suggestions", "channel": "any", "given": False}
    more = {"version": 2, "decided_at": "2026-05-04T10:00:00Z", "text_version": 1}
    return states.full() | {
        f"POST /v1/suggestions/{ID}/reactions": {"id": ID, "state": "followed"},
        f"POST /v1/messages/{ID}/read": _done,
        f"DELETE /v1/links/{ID}": _done,
        ways.CONSENT: receipt | more,
        "PUT /v1/preferences/me": _kept,
        "PUT /v1/contacts/me": _kept,
    }


async def _use(served: Served, uses: Uses, by: str, who: str = "citizen") -> list[tuple[str, str]]:
    """Return what services were asked to change."""
    hand, options = HANDS[by]
    began = {"citizen": served.portal.citizen, "operations": served.portal.operations}
    session = await began[who]() if who in began else None
    await served.show(lambda page: uses(page, hand(page)), session, **options)
    return _changes(served.portal.services)


def _changes(services: Services) -> list[tuple[str, str]]:
    changes = [(each.method, each.url.path) for each in services.asked if each.method != "GET"]
    return [change for change in changes if change[1] != "/v1/service-tokens"]


@BY_HAND
async def test_a_suggestion_is_read_and_answered(served: Served, by: str) -> None:
    def uses(page: Page, hand: Hand) -> None:
        page.goto("/")
        hand.press(page.get_by_role("link", name="Suggerimenti", exact=True))
        hand.press(page.get_by_role("link", name="Perché lo vedo?"))
        expect(page.get_by_role("heading", name="La norma")).to_be_visible()
        hand.press(page.get_by_role("link", name="Tutti i suggerimenti"))
        hand.press(page.get_by_role("button", name="Non ora"))
        expect(page.get_by_text("te lo proporremo di nuovo")).to_be_visible()
        hand.press(page.get_by_role("button", name=re.compile("^Mi interessa")).first)
        page.wait_for_url(f"**/suggestions/{ID}")

    served.portal.services.answers |= _answers()
    assert await _use(served, uses, by) == [("POST", f"/v1/suggestions/{ID}/reactions")] * 2


@BY_HAND
async def test_a_message_is_read_and_its_code_is_checked(served: Served, by: str) -> None:
    def uses(page: Page, hand: Hand) -> None:
        page.goto("/messages")
        hand.press(page.get_by_role("button", name="Segna come letto"))
        page.wait_for_load_state()
        hand.press(page.get_by_role("link", name="Verifica un messaggio"))
        hand.write(page.get_by_label("Codice del messaggio"), "AB12")
        hand.press(page.get_by_role("button", name="Verifica"))
        expect(page.get_by_text("Sì, questo messaggio è nostro.")).to_be_visible()

    served.portal.services.answers |= _answers()
    assert await _use(served, uses, by) == [
        ("POST", f"/v1/messages/{ID}/read"),
        ("POST", "/v1/verifications"),
    ]


@BY_HAND
async def test_a_consent_is_withdrawn_and_preferences_are_kept(served: Served, by: str) -> None:
    def uses(page: Page, hand: Hand) -> None:
        page.goto("/consents")
        hand.press(page.get_by_text("Decidi canale per canale"))
        expect(page.get_by_text("Telefono:")).to_be_visible()
        hand.press(page.get_by_role("button", name="Non permettere più"))
        expect(page.get_by_role("heading", name="Ricevuta della tua decisione")).to_be_visible()
        hand.press(page.get_by_role("link", name="Preferenze"))
        hand.tick(page.get_by_label("Nessuna ora di silenzio"))
        hand.press(page.get_by_role("button", name="Salva le preferenze"))
        expect(page.get_by_text("Salvato.")).to_be_visible()
        hand.write(page.get_by_label("E-mail"), "b@mail.example")
        hand.press(page.get_by_role("button", name="Salva i recapiti"))
        expect(page.get_by_text("Salvato.")).to_be_visible()

    served.portal.services.answers |= _answers()
    assert await _use(served, uses, by) == [
        ("PUT", ways.CONSENT.removeprefix("PUT ")),
        ("PUT", "/v1/preferences/me"),
        ("PUT", "/v1/contacts/me"),
    ]
    assert [await each.json() for each in served.portal.services.asked if each.method == "PUT"] == [
        {"given": False},
        {"quiet_hours": None, "language": "it"},
        {"email": "b@mail.example", "phone": None},
    ]


@BY_HAND
async def test_contacts_are_filtered_and_a_link_is_undone(served: Served, by: str) -> None:
    def uses(page: Page, hand: Hand) -> None:
        page.goto("/timeline?service=tari")
        told = page.get_by_role("heading", name="La tua domanda è stata registrata")
        expect(told.first).to_be_visible()
        hand.press(page.get_by_role("button", name="Filtra"))
        page.wait_for_url("**/timeline?service=tari&*")
        hand.press(page.get_by_role("link", name="Togli tutti i filtri"))
        page.wait_for_url(re.compile("/timeline$"))
        hand.press(page.get_by_text("Filtra i contatti"))
        expect(page.get_by_label("Dal giorno")).to_be_visible()
        hand.press(page.get_by_text("Codice per l'assistenza").first)
        expect(page.locator(".support code").first).to_be_visible()
        hand.press(page.get_by_role("link", name="Più vecchi"))
        page.wait_for_url("**/timeline?cursor=next")
        hand.press(page.get_by_role("link", name="Collegamenti"))
        hand.press(page.get_by_text("Non sono io").first)
        hand.press(page.get_by_role("button", name="Annulla il collegamento").first)
        expect(page.get_by_text("Il collegamento è annullato.")).to_be_visible()

    served.portal.services.answers |= _answers()
    assert await _use(served, uses, by) == [("DELETE", f"/v1/links/{ID}")]


@BY_HAND
async def test_the_language_is_changed_and_somebody_leaves(served: Served, by: str) -> None:
    def uses(page: Page, hand: Hand) -> None:
        page.goto("/timeline")
        hand.press(page.get_by_role("button", name="English"))
        expect(page.get_by_role("heading", name="My contacts")).to_be_visible()
        hand.press(page.get_by_role("button", name="Log out"))
        expect(page.get_by_text("You have logged out")).to_be_visible()
        hand.press(page.get_by_role("link", name="Accessibility"))
        expect(page.get_by_role("heading", name="Accessibility")).to_be_visible()

    served.portal.services.answers |= _answers()
    assert await _use(served, uses, by) == []


@BY_HAND
async def test_operations_apply_a_letter_and_find_a_trace(served: Served, by: str) -> None:
    def uses(page: Page, hand: Hand) -> None:
        page.goto("/operations/login")
        hand.write(page.get_by_label("Token"), "a.token.of-operations")
        hand.press(page.get_by_role("button", name="Entra"))
        hand.press(page.get_by_role("button", name="Applica di nuovo").first)
        expect(page.get_by_text("La lettera è stata applicata.")).to_be_visible()
        hand.write(page.get_by_label("Codice per l'assistenza"), ways.TRACE)
        hand.press(page.get_by_role("button", name="Mostra la traccia"))
        expect(page.get_by_role("link", name="Apri la traccia")).to_be_visible()

    redrive = "/v1/dead-letters/41/redrive"
    served.portal.services.answers |= states.operations() | {f"POST {redrive}": _done}
    assert await _use(served, uses, by, "nobody") == [("POST", redrive)]


async def test_the_keyboard_shows_where_it_is_on_every_page(served: Served) -> None:
    hidden: list[str] = []

    def show(page: Page, paths: tuple[str, ...]) -> None:
        for path in paths:
            page.goto(path)
            hidden.extend(browsers.hidden_focus(page))

    answers = served.portal.services.answers
    still: dict[str, Any] = {"reduced_motion": "reduce"}
    answers |= _answers() | states.operations()
    citizen, desk = await served.portal.citizen(), await served.portal.operations()
    await served.show(lambda page: show(page, states.CITIZENS), citizen, **still)
    await served.show(lambda page: show(page, states.EVERYBODYS), **still)
    await served.show(lambda page: show(page, ("/operations",)), desk, **still)

    assert hidden == [], hidden


async def test_the_keyboard_skips_to_the_content_of_every_page(served: Served) -> None:
    def story(page: Page) -> None:
        for path in states.CITIZENS:
            page.goto(path)
            page.keyboard.press("Tab")
            expect(page.get_by_role("link", name="Vai al contenuto")).to_be_focused()
            page.keyboard.press("Enter")
            expect(page.locator("main")).to_be_focused()

    served.portal.services.answers |= _answers()
    await served.show(story, await served.portal.citizen())
