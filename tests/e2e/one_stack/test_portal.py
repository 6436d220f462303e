"""Stories of citizens at the portal, over the whole stack, in Chromium: from the login to who looked."""

import random
import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.support import browsers
from tests.support.citizens import a_fiscal_code
from tests.support.reaching import a_birth, is_at_rest, mails
from tests.support.stack import Stack, an_event
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(300)

PAGES = (
    *("/", "/timeline", "/suggestions", "/messages", "/consents", "/access-log", "/links"),
    *("/preferences", "/codes", "/accessibility"),
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsers.browsing() as browser:
        yield browser


def _happened(page: Page, words: str) -> Locator:
    """Return what says in the timeline that something happened."""
    return page.get_by_role("heading", name=words).first


def _shown(page: Page, path: str, words: str) -> None:
    """Open a page until it shows the words, as a reader would who was too quick."""

    def is_there() -> bool:
        page.goto(path)
        return page.get_by_text(words).count() > 0

    eventually(is_there, every_s=0.3)


@pytest.mark.parametrize("has_scripts", [True, False], ids=["", "without JavaScript"])
def test_a_citizen_logs_in_sees_what_happened_and_leaves(
    stack: Stack, browser: Browser, citizen: str, *, has_scripts: bool
) -> None:
    portal = stack.url("portal")
    stack.post(an_event(citizen), stack.agency())
    eventually(lambda: stack.timeline(stack.citizen(citizen))["items"])

    with browsers.window(browser, base_url=portal, java_script_enabled=has_scripts) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen, "/timeline")
        expect(_happened(page, "La tua domanda è stata registrata")).to_be_visible()
        expect(page.get_by_text("Comune").first).to_be_visible()
        cookies = {each["name"]: each for each in window.cookies(portal)}
        assert cookies["percorso_session"]["httpOnly"]
        page.get_by_role("button", name="Esci").click()
        expect(page.get_by_text("Sei uscito.")).to_be_visible()
        page.goto("/timeline")
        expect(page.get_by_role("heading", name="Entra")).to_be_visible()


def test_a_new_contact_appears_on_the_open_page_with_the_code_of_its_trace(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal = stack.url("portal")
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen, "/timeline")
        expect(page.get_by_text("Questa pagina si aggiorna da sola.")).to_be_visible()

        stack.post(an_event(citizen), stack.agency())

        expect(_happened(page, "La tua domanda è stata registrata")).to_be_visible()
        shown = page.locator(".support code").first.text_content()
    trace = stack.timeline(stack.citizen(citizen))["items"][0]["trace_id"]
    assert shown == trace


def test_two_people_at_one_browser_see_their_own(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal, matter = stack.url("portal"), f"M/{secrets.token_hex(4)}"
    event = an_event(citizen)
    event["data"]["touchpoint"]["matter"] = matter
    stack.post(event, stack.agency())
    eventually(lambda: stack.timeline(stack.citizen(citizen))["items"])

    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen, "/timeline")
        expect(page.get_by_text(matter)).to_be_visible()
        browsers.log_in(page, portal, "RSSMRA85T10A562S", "/timeline")
        expect(page.get_by_text(matter)).to_have_count(0)
        for _ in range(6):
            page.go_back()
            if page.url.startswith(portal):
                expect(page.get_by_text(matter)).to_have_count(0)


def test_from_a_consent_to_a_suggestion_a_message_and_who_looked(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal, address = stack.url("portal"), f"{secrets.token_hex(6)}@mail.example"
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen)
        page.get_by_role("link", name="Preferenze").click()
        page.get_by_label("E-mail").fill(address)
        page.get_by_role("button", name="Salva i recapiti").click()
        expect(page.get_by_text("Salvato.")).to_be_visible()
        page.get_by_label("Nessuna ora di silenzio").check()
        page.get_by_role("button", name="Salva le preferenze").click()
        expect(page.get_by_text("Salvato.")).to_be_visible()
        page.get_by_role("link", name="Consensi").click()
        page.get_by_role("button", name="Permetti").first.click()
        expect(page.get_by_text("Hai dato il consenso.")).to_be_visible()
        eventually(lambda: is_at_rest(stack))

        stack.post(a_birth(citizen), stack.agency())
        _shown(page, "/suggestions", "Te lo suggeriamo perché:")
        page.get_by_role("link", name="Perché lo vedo?").first.click()
        expect(page.get_by_role("heading", name="La norma")).to_be_visible()
        expect(page.get_by_text("È stata registrata una nascita").first).to_be_visible()
        assert browsers.violations(page) == []
        page.get_by_role("button", name="Mi interessa", exact=True).click()
        expect(page.get_by_text("Continua sul sito ufficiale")).to_be_visible()
        expect(page.get_by_role("link", name="Vai alla pagina ufficiale")).to_be_visible()

        eventually(lambda: mails(stack, address))
        _shown(page, "/messages", "per e-mail")
        _shown(page, "/access-log", "il tuo indirizzo e-mail")
        _shown(page, "/timeline", "Hai seguito un suggerimento")
        found = {path: _faults(page, path) for path in PAGES}
    assert {path: faults for path, faults in found.items() if faults} == {}


def _view(stack: Stack, code: str, page: str) -> None:
    """Report a page as the agency's site does, whose server read the browser's cookie."""
    event = an_event("", type="eu.percorso.page.viewed.v1")
    citizen = {"scheme": "visitor", "value": f"c_a182:{code}"}
    event["data"] = {"citizen": citizen, "touchpoint": {"channel": "02", "page": page}}
    assert stack.post(event, stack.agency()).status_code == 202


def _visitor(window: BrowserContext) -> str:
    """Return by which code the agency's site knows a browser; empty where it does not."""
    held = {each["name"]: each["value"] for each in window.cookies()}
    return held.get("percorso_visitor", "")


def test_what_a_browser_did_before_the_login_is_whose_login_it_was(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal = stack.url("portal")
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        page.goto("/")
        code = _visitor(window)
        _view(stack, code, "/prima-di-entrare")
        browsers.log_in(page, portal, citizen)
        assert _visitor(window) == ""
        _shown(page, "/timeline", "/prima-di-entrare")
        page.goto("/links")
        expect(page.get_by_role("heading", name="Collegato quando sei entrato")).to_be_visible()
        assert browsers.violations(page) == []
        page.get_by_text("Non sono io").click()
        page.get_by_role("button", name="Annulla il collegamento").click()
        expect(page.get_by_text("A te non è collegato nient'altro.")).to_be_visible()
    assert code
    assert code not in "".join(path.read_text() for path in (stack.home / "logs").glob("*.log"))


def test_the_next_person_at_a_browser_gets_nothing_from_before_their_login(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal, other = stack.url("portal"), a_fiscal_code(random.Random())
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        page.goto("/")
        first = _visitor(window)
        browsers.log_in(page, portal, citizen)
        page.get_by_role("button", name="Esci").click()
        expect(page.get_by_text("Sei uscito.")).to_be_visible()
        page.goto("/")
        second = _visitor(window)
        # The agency's site has a page open that reports by the code of before.
        _view(stack, first, "/di-prima")
        _view(stack, second, "/di-dopo")
        browsers.log_in(page, portal, other)
        _shown(page, "/timeline", "/di-dopo")
        expect(page.get_by_text("/di-prima")).to_have_count(0)
    assert len({first, second, ""}) == 3


def test_a_link_of_an_agency_is_seen_and_undone(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal, customer = stack.url("portal"), f"c_a182:{secrets.token_hex(4)}"
    posted = stack.post(
        an_event(
            citizen,
            data={
                "citizen": {"scheme": "customer", "value": customer},
                "touchpoint": {"channel": "05.1", "name": "aperta-app"},
            },
            type="eu.percorso.touchpoint.recorded.v1",
        ),
        stack.agency(),
    )
    assert posted.status_code == 202, posted.text
    subjects = [{"scheme": "cf", "value": citizen}, {"scheme": "customer", "value": customer}]
    proof = {"kind": "agency", "reference": "1"}
    asked = {"subjects": subjects, "proof": proof}
    answer = stack.http.post(
        f"{stack.url('identity')}/v1/links", json=asked, headers=stack.agency()
    )
    assert answer.status_code == 201, answer.text
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen)
        _shown(page, "/timeline", "Aperta app")
        page.get_by_role("link", name="Collegamenti").click()
        said = page.get_by_role("article").filter(has_text="ti conosce anche in un altro modo")
        said.get_by_text("Non sono io").click()
        said.get_by_role("button", name="Annulla il collegamento").click()
        expect(page.get_by_text("Il collegamento è annullato.")).to_be_visible()
        expect(said).to_have_count(0)

        def is_gone() -> bool:
            page.goto("/timeline")
            return page.get_by_text("Aperta app").count() == 0

        eventually(is_gone)


def test_whoever_looked_at_a_desk_is_on_the_page_of_who_looked(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal, purpose = stack.url("portal"), "Chiede a che punto è la <domanda>"
    desk = stack.token(
        caller="operator", agency="c_a182", role="desk", purpose=purpose, case="2026/44871"
    )
    asked = {"scheme": "cf", "value": citizen}
    found = stack.http.post(f"{stack.url('identity')}/v1/lookups", json=asked, headers=desk)
    subject = found.raise_for_status().json()["subject"]
    for service, path in (("journey", "timelines"), ("insights", "suggestions")):
        read = stack.http.get(f"{stack.url(service)}/v1/{path}/{subject}", headers=desk)
        assert read.status_code == 200, read.text
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen)
        for words in ("ti ha cercato", "i tuoi contatti con", "i suggerimenti fatti a te"):
            _shown(page, "/access-log", words)
        expect(page.get_by_text("Comune: un operatore allo sportello")).to_have_count(3)
        expect(page.get_by_text(f"«{purpose}»")).to_have_count(3)
        expect(page.get_by_text("2026/44871")).to_have_count(3)
        assert browsers.violations(page) == []


def test_operations_come_in_with_their_token_and_see_no_citizens_page(
    stack: Stack, browser: Browser
) -> None:
    portal = stack.url("portal")
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        page.goto("/operations")
        page.get_by_label("Token").fill(stack.operations()["Authorization"].removeprefix("Bearer "))
        page.get_by_role("button", name="Entra").click()
        for name in ("identity", "journey", "insights", "notifications"):
            row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))
            expect(row.get_by_text("pronto")).to_be_visible()
        assert browsers.violations(page) == []
        page.goto("/timeline")
        expect(page.get_by_role("heading", name="Entra")).to_be_visible()


def test_while_a_service_is_away_its_part_of_the_page_says_so(
    stack: Stack, browser: Browser, citizen: str
) -> None:
    portal = stack.url("portal")
    with browsers.window(browser, base_url=portal) as window:
        page = window.new_page()
        browsers.log_in(page, portal, citizen)
        part = stack.part("insights")
        part.suspend()
        try:
            page.goto("/")
            expect(page.get_by_text("I suggerimenti non si possono leggere")).to_be_visible()
            expect(page.get_by_text("Non c'è ancora nessun contatto.")).to_be_visible()
            assert browsers.violations(page) == []
        finally:
            part.resume()
        _shown(page, "/", "Al momento non c'è nulla da suggerire.")


def _faults(page: Page, path: str) -> list[str]:
    page.goto(path)
    return browsers.violations(page) + (["too wide"] if browsers.overflow(page) > 0 else [])
