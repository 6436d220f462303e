"""`python -m tests.support.screenshots`: a picture of each page, of a stack of its own with a demo person.

Whoever is in the pictures is invented, as is everything that happens to them.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import FloatRect, Page

from tests.support import browsers
from tests.support.reaching import suggestions
from tests.support.repository import ROOT
from tests.support.stack import Json, Stack, an_event, running
from tests.support.waiting import eventually

FOLDER = ROOT / "docs" / "screenshots"
WINDOW, PHONE = (1024, 768), (360, 740)
MOTHER = 1  # of the demo people: she allows suggestions, and has a mailbox
TALL = FloatRect(x=0, y=0, width=1024, height=1100)
CASE = "CI/2026/417"
ENOUGH = 12  # touchpoints, which fill what is seen of the timeline
FOR_EVERYBODY = {"welcome": "/", "login": "/login", "accessibility": "/accessibility"}
PAGES = {
    "home": "/",
    "timeline": "/timeline",
    "suggestions": "/suggestions",
    "messages": "/messages",
    "consents": "/consents",
    "who-looked": "/access-log",
    "links": "/links",
    "preferences": "/preferences",
    "check-a-message": "/codes",
}


def take(folder: Path) -> None:
    """Take the pictures of a stack that runs for them alone."""
    folder.mkdir(exist_ok=True)
    with TemporaryDirectory() as home, running(Path(home) / "home", PERCORSO_CITY="demo") as stack:
        fiscal_code, portal = _fiscal_code(), stack.url("portal")
        _wait_for_a_story(stack, fiscal_code)
        _report(stack, fiscal_code)
        _look(stack, fiscal_code)
        with browsers.browsing() as browser:
            with browsers.window(browser, WINDOW, base_url=portal) as window:
                page = window.new_page()
                _of_everybody(page, folder)
                _visit(stack, window.cookies())
                browsers.log_in(page, portal, fiscal_code)
                _of_citizens(page, folder)
            with browsers.window(browser, PHONE, base_url=portal) as window:
                page = window.new_page()
                browsers.log_in(page, portal, fiscal_code, "/timeline")
                page.screenshot(path=folder / "timeline-on-a-phone.png")
            with browsers.window(browser, WINDOW, base_url=portal) as window:
                _of_operations(window.new_page(), stack, folder)


def _of_everybody(page: Page, folder: Path) -> None:
    for name, path in FOR_EVERYBODY.items():
        page.goto(path)
        page.screenshot(path=folder / f"{name}.png")
    page.goto("/login/start")
    page.screenshot(path=folder / "provider.png")


def _of_citizens(page: Page, folder: Path) -> None:
    for name, path in PAGES.items():
        page.goto(path)
        _take_all(page, folder / f"{name}.png")
    page.goto("/suggestions")
    page.get_by_role("link", name="Perché lo vedo?").first.click()
    _take_all(page, folder / "why.png")
    page.goto("/consents")
    page.get_by_role("button", name="Permetti").first.click()
    page.get_by_role("heading", name="Ricevuta").wait_for()
    _take_all(page, folder / "receipt.png")


def _of_operations(page: Page, stack: Stack, folder: Path) -> None:
    page.goto("/operations")
    page.screenshot(path=folder / "operations-login.png")
    page.get_by_label("Token").fill(stack.operations()["Authorization"].removeprefix("Bearer "))
    page.get_by_role("button", name="Entra").click()
    page.get_by_role("heading", name="Servizi").wait_for()
    _take_all(page, folder / "operations.png")


def _take_all(page: Page, file: Path) -> None:
    """Take a picture of what is on a page, not of a whole year."""
    page.screenshot(path=file, full_page=True, clip=TALL)


def _report(stack: Stack, fiscal_code: str) -> None:
    """Let an agency tell of a file of today, beside what the city tells of the last years."""
    told: dict[str, Json] = {
        "application.submitted": {"channel": "02.1", "form": "carta-identita", "fields": ["foto"]},
        "appointment.booked": {
            "channel": "02.1",
            "office": "anagrafe",
            "at": "2027-01-15T08:30:00Z",
        },
    }
    for about, said in told.items():
        event = an_event(fiscal_code, type=f"eu.percorso.{about}.v1")
        event["data"]["touchpoint"] = {"service": "carta-identita", "matter": CASE, **said}
        stack.post(event, stack.agency()).raise_for_status()


def _look(stack: Stack, fiscal_code: str) -> None:
    """Let an operator at a desk find the citizen, and read her timeline."""
    asked: Json = {
        "role": "desk",
        "purpose": "Chiede a che punto è la sua domanda",
        "case": CASE,
    }
    desk = stack.token(caller="operator", agency="c_a182", **asked)
    body = {"scheme": "cf", "value": fiscal_code}
    found = stack.http.post(f"{stack.url('identity')}/v1/lookups", json=body, headers=desk)
    subject = found.raise_for_status().json()["subject"]
    path = f"{stack.url('journey')}/v1/timelines/{subject}"
    stack.http.get(path, headers=desk).raise_for_status()


def _visit(stack: Stack, cookies: Sequence[Mapping[str, Any]]) -> None:
    """Report a page as the agency's site does, whose server read the browser's cookie."""
    code = next(each["value"] for each in cookies if each["name"] == "percorso_visitor")
    event = an_event("", type="eu.percorso.page.viewed.v1")
    citizen = {"scheme": "visitor", "value": f"c_a182:{code}"}
    event["data"] = {"citizen": citizen, "touchpoint": {"channel": "02", "page": "/nido"}}
    stack.post(event, stack.agency()).raise_for_status()


def _fiscal_code() -> str:
    command = [sys.executable, "-m", "percorso.city", "demo", "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    identifiers = json.loads(told)[MOTHER]["identifiers"]
    return next(str(each["value"]) for each in identifiers if each["scheme"] == "cf")


def _wait_for_a_story(stack: Stack, fiscal_code: str) -> None:
    citizen = stack.citizen(fiscal_code)
    eventually(lambda: len(stack.timeline(citizen, limit=ENOUGH)["items"]) == ENOUGH, within_s=300)
    eventually(lambda: suggestions(stack, citizen)["items"], within_s=300)
    eventually(lambda: _messages(stack, citizen), within_s=300)


def _messages(stack: Stack, citizen: dict[str, str]) -> list[Json]:
    url = f"{stack.url('notifications')}/v1/messages/me"
    items: list[Json] = stack.http.get(url, headers=citizen).raise_for_status().json()["items"]
    return items


if __name__ == "__main__":
    take(FOLDER)
