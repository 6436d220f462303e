"""Preferences, codes, the first page, who looked and links: what is read, and what a form changes."""

from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support import portals
from tests.support.portal_answers import ID, OTHER, Json, a_consent, a_message, a_suggestion, sent
from tests.support.portals import Browser, Portal, a_page, an_item


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
    looked = an_entry(id=OTHER, who="agency:c_a182", role="desk", action="timeline-read")
    portal.services.answers["GET /v1/access-log/me"] = {
        "items": [an_entry(role=None), looked | {"purpose": "<b>al telefono</b>"}],
        "next_cursor": "abc",
    }

    page = await browser.open("/access-log")

    for words in (
        "Percorso, per mandarti un messaggio",
        "il tuo indirizzo e-mail",
        "come prevede la legge",
        "Comune: un operatore allo sportello",
        "i tuoi contatti con questa amministrazione",
        "«&lt;b&gt;al telefono&lt;/b&gt;»",
        "/access-log?cursor=abc",
    ):
        assert words in page.text


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

    assert "Comune: ti conosce anche in un altro modo" in page.text
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
