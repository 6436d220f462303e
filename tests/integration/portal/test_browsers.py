"""Any sequence of logins, logouts and pages in one browser: nobody is ever shown what is another's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.support import portals
from tests.support.databases import Database
from tests.support.portal_answers import sent
from tests.support.portals import Browser, Portal, a_page, an_item

PEOPLE = ("anna", "bruno")
VISITOR = "percorso_visitor"
PAGES = ("/", "/timeline", "/messages", "/suggestions", "/preferences", "/consents", "/codes")
STEPS = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


def _secret_of(request: Request) -> str:
    """Return what stands on the pages of whoever asks, and on nobody else's."""
    return f"only-for-{request.headers['authorization'].removeprefix('Bearer ')}"


async def _timeline(request: Request) -> Response:
    said = {"channel": "04", "thread": "1", "text": _secret_of(request)}
    return JSONResponse(
        a_page(an_item(type="eu.percorso.message.replied.v1", touchpoint=said, matter=None))
    )


async def _contacts(request: Request) -> Response:
    return JSONResponse({"email": f"{_secret_of(request)}@mail.example", "phone": None})


class Machine(RuleBasedStateMachine):
    """One browser with its windows, in which two people log in and out by turns."""

    portal: Portal
    loop: asyncio.AbstractEventLoop

    @initialize()
    def open_browser(self) -> None:
        """Begin with a browser that knows nobody."""
        self.inside: str | None = None
        self.windows: list[tuple[str | None, httpx.Response]] = []
        self.cookies: list[str] = []
        self.codes: set[str] = set()
        transport = httpx.ASGITransport(self.portal.app, raise_app_exceptions=False)
        http = httpx.AsyncClient(transport=transport, base_url=portals.URL, timeout=30)
        self.browser = Browser(http, portals.URL)
        self.open_page("/")

    def do(self, asking: Any) -> Any:
        """Do something in the loop in which the portal runs."""
        return asyncio.run_coroutine_threadsafe(asking, self.loop).result(60)

    @rule(who=st.sampled_from(PEOPLE), data=st.data(), is_old=st.booleans())
    def log_in(self, who: str, data: st.DataObject, *, is_old: bool) -> None:
        """Somebody logs in, whoever is inside, perhaps with a visitor's code of before."""
        if is_old:
            self.put_back_an_old_code(data)
        self.portal.services.answers["POST /v1/login/sessions"] = {
            "access_token": who,
            "expires_in": 3600,
            "level": 2,
            "return_to": "/timeline",
            "link_id": None,
        }
        self.do(self.browser.open("/login/start?return_to=%2Ftimeline"))
        led = self.do(self.browser.open("/login/callback?code=1"))
        assert led.status_code == 303
        visitors = self.visitors()
        assert len({*visitors}) == len(visitors), "two logins were told of one visitor"
        self.inside = who
        assert self.code() is None
        self.cookies.append(self.browser.http.cookies[self.portal.cookie])

    @rule(path=st.sampled_from(PAGES))
    def open_page(self, path: str) -> None:
        """Open a page: it shows what is its visitor's, or leads to the login."""
        page = self.do(self.browser.open(path))
        self.check(page)
        self.windows.append((self.inside, page))
        if self.inside is not None:
            assert self.code() is None
        elif page.status_code == 200:
            code = self.code()
            assert code is not None
            assert f"c_a182:{code}" not in self.visitors()
            self.codes.add(code)

    @precondition(lambda self: self.windows)
    @rule(data=st.data(), email=st.sampled_from(["", "new@mail.example"]))
    def send_from_window(self, data: st.DataObject, email: str) -> None:
        """Send a form of a window that was opened before, perhaps by somebody else."""
        opener, page = data.draw(st.sampled_from(self.windows))
        marks = [value for name, value in portals.INPUT.findall(page.text) if name == "form"]
        before = len(self.changes())
        answer = self.do(
            self.browser.send("/preferences/contacts", form=(marks or [""])[0], email=email)
        )
        self.check(answer)
        if self.inside is None or opener != self.inside:
            assert len(self.changes()) == before, "a form of somebody else was taken"

    @rule(is_own=st.booleans())
    def log_out(self, *, is_own: bool) -> None:
        """Somebody logs out, or tries to with a form that is not theirs."""
        page = self.do(self.browser.open("/codes"))
        marks = [value for name, value in portals.INPUT.findall(page.text) if name == "form"]
        form = marks[0] if marks and is_own else portals.a_secret()
        answer = self.do(self.browser.send("/logout", form=form))
        if marks and is_own:
            assert answer.headers["location"] == "/login?left=1"
            self.inside = None
        else:
            assert answer.status_code == (403 if marks else 303)

    @precondition(lambda self: self.cookies)
    @rule(data=st.data())
    def put_back_an_old_cookie(self, data: st.DataObject) -> None:
        """Try a cookie that somebody kept: an ended session stays ended."""
        cookie = data.draw(st.sampled_from(self.cookies))
        is_current = self.inside is not None and cookie == self.cookies[-1]
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.portal.app), base_url=portals.URL
        )
        http.cookies.set(self.portal.cookie, cookie, domain=portals.HOST)
        page = self.do(Browser(http, portals.URL).open("/timeline"))
        assert (page.status_code == 200) == is_current

    @precondition(lambda self: self.inside is not None)
    @rule()
    def be_away_for_long(self) -> None:
        """Whoever is inside does nothing until their session has ended."""
        session = self.do(self.portal.sessions.find(self.cookies[-1]))
        self.do(self.portal.sessions.end(session))
        self.inside = None

    @rule(data=st.data())
    def put_back_an_old_code(self, data: st.DataObject) -> None:
        """Let the browser bring a code that it had, perhaps before somebody logged in."""
        code = data.draw(st.sampled_from(sorted(self.codes)))
        self.browser.http.cookies.set(VISITOR, code, domain=portals.HOST)

    def code(self) -> str | None:
        """Return by which code an agency's site knows the browser now."""
        return self.browser.http.cookies.get(VISITOR)

    def visitors(self) -> list[str]:
        """Return the visitors of whom identity was told at logins."""
        bodies = self.do(sent(self.portal, "POST", "/v1/login/sessions"))
        return [body["visitor"] for body in bodies if "visitor" in body]

    def check(self, page: httpx.Response) -> None:
        """No answer holds what is another's, and none may be kept by the browser."""
        for who in PEOPLE:
            if who != self.inside:
                assert f"only-for-{who}" not in page.text
        assert page.headers["cache-control"] == "no-store"
        if self.inside is not None and page.request.url.path == "/timeline":
            assert f"only-for-{self.inside}" in page.text

    def changes(self) -> list[str]:
        """Return whose addresses were changed."""
        return [
            each.headers["authorization"]
            for each in self.portal.services.asked
            if each.method == "PUT"
        ]


@pytest.fixture
async def site(portal_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """Give a portal on the host of an agency's site."""
    async with portals.running(tmp_path, portal_database, site_agency="c_a182") as portal:
        yield portal


async def test_nobody_ever_sees_anothers_page_nor_is_joined_with_another(site: Portal) -> None:
    site.services.answers |= {
        "POST /v1/service-tokens": {"access_token": "own", "expires_in": 600},
        "GET /v1/timelines/me": _timeline,
        "GET /v1/contacts/me": _contacts,
        "PUT /v1/contacts/me": _contacts,
        "GET /v1/preferences/me": {"quiet_hours": None, "language": "it"},
    }
    Machine.portal, Machine.loop = site, asyncio.get_running_loop()

    # In a thread, for the portal runs in this loop.
    await asyncio.to_thread(run_state_machine_as_test, Machine, settings=STEPS)
