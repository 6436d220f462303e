"""What keeps a browser's pages its own: headers, forms, cookies, redirects; on every route."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support import portals
from tests.support.databases import Database
from tests.support.portals import Browser, Portal, a_page, a_secret, an_item

OPERATION = {"/livez", "/readyz", "/status", "/metrics", "/openapi.json"}
FOR_EVERYBODY = {"/", "/docs", "/accessibility", "/codes", "/login"}
ANYBODYS = ("/language", "/codes", "/operations/login")  # forms that need no session
LOGIN = {"/login/start", "/login/callback", "/operations/login"}
ORIGINS = [
    "https://evil.example",
    "http://portal.example:8080",
    "https://portal.example",
    "http://portal.example.evil.example",
    "null",
    "",
]


def routes(portal: Portal, *methods: str) -> set[tuple[str, str]]:
    """Return the portal's own routes with one of the methods, parameters filled."""
    assert portal.parts.app is not None
    return {
        (method, re.sub(r"{\w+}", "00000000-0000-8000-8000-000000000001", path))
        for method, path in _routes(portal.parts.app.routes)
        if method in methods and path not in OPERATION
    }


def _routes(found: Iterable[Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in found:
        if included := getattr(route, "original_router", None):
            yield from _routes(included.routes, prefix + route.include_context.prefix)
        else:
            methods = getattr(route, "methods", None) or ()
            yield from ((method, prefix + route.path) for method in set(methods) - {"HEAD"})


async def test_whoever_has_not_logged_in_is_led_to_the_login(
    portal: Portal, stranger: Browser
) -> None:
    paths = {path for _, path in routes(portal, "GET")} - FOR_EVERYBODY - LOGIN

    led = {path: (await stranger.open(path)).headers.get("location", "") for path in paths}

    assert led.pop("/timeline/stream") == ""
    assert led.pop("/operations") == "/operations/login"
    assert {place.partition("?")[0] for place in led.values()} == {"/login"}
    assert portal.services.asked == []


@pytest.mark.parametrize("origin", ORIGINS)
async def test_no_form_of_another_site_is_taken(
    portal: Portal, browser: Browser, origin: str
) -> None:
    mark = portals.mark(await _a_page(portal, browser))
    sent = [
        await browser.http.request(method, path, data={"form": mark}, headers={"Origin": origin})
        for method, path in routes(portal, "POST", "PUT", "DELETE", "PATCH")
    ]

    assert sent
    assert {answer.status_code for answer in sent} == {403}
    assert _changes(portal) == []


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none", None])
async def test_a_form_without_an_origin_has_to_be_of_the_same_one(
    portal: Portal, browser: Browser, site: str | None
) -> None:
    mark = portals.mark(await _a_page(portal, browser))
    headers = {"Sec-Fetch-Site": site} if site else {}

    refused = await browser.http.post("/logout", data={"form": mark}, headers=headers)
    taken = await browser.http.post(
        "/logout", data={"form": mark}, headers={"Sec-Fetch-Site": "same-origin"}
    )

    assert (refused.status_code, taken.status_code) == (403, 303)


async def test_no_form_of_another_session_is_taken(portal: Portal, browser: Browser) -> None:
    async with portal.browser(await portal.citizen("other")) as other:
        others = portals.mark(await _a_page(portal, other))
    forms = routes(portal, "POST") - {("POST", path) for path in ANYBODYS}

    for given in ({}, {"form": ""}, {"form": a_secret()}, {"form": others}):
        sent = [await browser.send(path, **given) for _, path in forms]
        assert {answer.status_code for answer in sent} <= {403, 303}
        assert {
            answer.headers["location"].partition("?")[0]
            for answer in sent
            if answer.status_code == 303
        } <= {"/login", "/operations/login"}

    assert _changes(portal) == []
    assert (await browser.open("/")).status_code == 200


async def test_every_answer_has_the_headers_that_protect_it(
    portal: Portal, browser: Browser, stranger: Browser
) -> None:
    async def failing(_: Any) -> Any:
        raise RuntimeError

    portal.services.answers["GET /v1/timelines/me"] = a_page(an_item())
    paths = [path for _, path in sorted(routes(portal, "GET"))]
    answers = [await each.open(path) for each in (browser, stranger) for path in paths]
    answers += [await browser.open("/nothing-here"), await browser.http.post("/logout")]
    answers += [await browser.open("/static/style.css"), await browser.open("/livez")]

    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in answer.headers
        is_static = answer.request.url.path.startswith("/static/")
        assert answer.headers["cache-control"] == (
            "public, max-age=3600" if is_static else "no-store"
        )


async def test_the_page_of_a_bug_has_the_headers_too(
    portal: Portal, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> object:
        raise RuntimeError("with a name in it")

    portal.services.answers["GET /v1/timelines/me"] = a_page(an_item())
    monkeypatch.setattr("percorso.portal.timeline.showing.months", failing)

    answer = await browser.open("/timeline")

    assert answer.status_code == 500
    assert "Qualcosa è andato storto" in answer.text
    assert "with a name in it" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


class _Inline(HTMLParser):
    """Collects what the policy would stop, or what another site would serve."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        loaded = given.get("src") or (given.get("href") if tag == "link" else None)
        if loaded is not None and not loaded.startswith("/static/"):
            self.found.append(loaded)


async def test_no_page_holds_what_its_policy_would_stop(
    portal: Portal, browser: Browser, stranger: Browser
) -> None:
    portal.services.answers["GET /v1/timelines/me"] = a_page(an_item())
    paths = [path for _, path in sorted(routes(portal, "GET"))]
    pages = [await each.open(path) for each in (browser, stranger) for path in paths]

    for page in pages:
        parser = _Inline()
        parser.feed(page.text)
        assert parser.found == [], page.request.url


async def test_what_an_agency_wrote_is_text_and_no_markup(portal: Portal, browser: Browser) -> None:
    planted = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    portal.services.answers["GET /v1/timelines/me"] = a_page(
        an_item(
            type="eu.percorso.message.replied.v1",
            touchpoint={"channel": "04", "thread": planted, "text": planted},
            matter=planted,
            agency=planted,
            service=planted,
        )
    )

    page = await browser.open("/timeline")

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


async def test_the_token_never_reaches_the_browser(portal: Portal) -> None:
    portal.services.answers["GET /v1/timelines/me"] = a_page(an_item())
    async with portal.browser(await portal.citizen("the-token-itself")) as browser:
        answers = [await browser.open(path) for _, path in sorted(routes(portal, "GET"))]

    assert portal.services.callers("/v1/timelines/me") == ["Bearer the-token-itself"] * 2
    for answer in answers:
        assert "the-token-itself" not in answer.text + str(answer.headers)


async def test_cookies_are_out_of_reach(portal: Portal, stranger: Browser) -> None:
    answer = await stranger.send("/language", language="en", return_to="/")

    (cookie,) = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Path=/" in cookie


async def test_with_https_cookies_are_bound_to_it_and_to_the_host(
    portal_database: Database, tmp_path: Path
) -> None:
    url = "https://portal.example"
    async with portals.running(tmp_path, portal_database, url=url) as portal:
        session = await portal.citizen()
        async with portal.browser(session) as browser:
            page = await browser.open("/accessibility")
            answer = await browser.send("/logout", form=session.secret.form_mark)

    assert page.headers["strict-transport-security"].startswith("max-age=31536000")
    (cookie,) = answer.headers.get_list("set-cookie")
    assert cookie.startswith('__Host-percorso_session=""')
    assert "Secure" in cookie
    assert "Domain" not in cookie


async def test_a_session_that_the_portal_did_not_begin_is_none(portal: Portal) -> None:
    async with portal.browser() as browser:
        browser.http.cookies.set(portal.cookie, a_secret(), domain=portals.HOST)
        answer = await browser.open("/timeline")

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login")


async def test_after_the_logout_the_cookie_opens_nothing(portal: Portal, browser: Browser) -> None:
    cookie = browser.http.cookies[portal.cookie]
    left = await browser.submit(await _a_page(portal, browser), "/logout")
    async with portal.browser() as thief:
        thief.http.cookies.set(portal.cookie, cookie, domain=portals.HOST)
        answer = await thief.open("/timeline")

    assert left.headers["location"] == "/login?left=1"
    assert left.headers["clear-site-data"] == '"cache"'
    assert portal.cookie not in browser.http.cookies
    assert answer.status_code == 303


@pytest.mark.parametrize(
    "away", ["//evil.example", "https://evil.example", "/\\evil.example", "/%0d%0aSet-Cookie:a=b"]
)
async def test_nobody_is_led_away(stranger: Browser, away: str) -> None:
    led = await stranger.send("/language", language="en", return_to=away)
    shown = await stranger.http.get("/login", params={"return_to": away})

    kept = "/%0d%0aSet-Cookie:a=b"  # within the portal, where there is no such page
    assert led.headers["location"] == (away if away == kept else "/")
    start = re.search(r'href="(/login/start[^"]*)"', shown.text)
    assert start is not None
    assert "evil.example" not in start[1]


async def test_a_session_ends_with_its_token(portal: Portal, browser: Browser) -> None:
    portal.services.answers["GET /v1/timelines/me"] = 401

    answer = await browser.open("/timeline?matter=A%2F1")

    assert answer.headers["location"] == "/login?return_to=%2Ftimeline%3Fmatter%3DA%252F1"
    assert portal.cookie not in browser.http.cookies


async def test_a_form_that_is_too_long_or_has_a_field_twice_has_no_fields(
    portal: Portal, browser: Browser
) -> None:
    mark = portals.mark(await _a_page(portal, browser))
    headers = {"Origin": browser.origin, "Content-Type": "application/x-www-form-urlencoded"}
    bodies = [f"form={mark}&form={mark}", f"form={mark}&a={'a' * 20_000}", f"form={mark}&ä", ""]

    sent = [
        await browser.http.post("/logout", content=body.encode(), headers=headers)
        for body in bodies
    ]

    assert [answer.status_code for answer in sent] == [403] * 4


async def _a_page(portal: Portal, browser: Browser) -> httpx.Response:
    portal.services.answers["GET /v1/timelines/me"] = a_page()
    return await browser.open("/timeline")


def _changes(portal: Portal) -> list[str]:
    return [str(each.url) for each in portal.services.asked if each.method != "GET"]
