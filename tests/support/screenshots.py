"""`python -m tests.support.screenshots`: a picture of each page, of a stack of its own with a demo person.

Whoever is in the pictures is invented, as is everything that happens to them.
"""

import json
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import FloatRect, Page

from tests.support import browsers
from tests.support.reaching import suggestions
from tests.support.repository import ROOT
from tests.support.stack import Json, Stack, running
from tests.support.waiting import eventually

FOLDER = ROOT / "docs" / "screenshots"
WINDOW, PHONE = (1024, 768), (360, 740)
MOTHER = 1  # of the demo people: she allows suggestions, and has a mailbox
TALL = FloatRect(x=0, y=0, width=1024, height=1100)
ENOUGH = 12  # touchpoints, which fill what is seen of the timeline
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
        fiscal_code = _fiscal_code()
        _wait_for_a_story(stack, fiscal_code)
        with browsers.browsing() as browser:
            with browsers.window(browser, WINDOW, base_url=stack.url("portal")) as window:
                _of_citizens(window.new_page(), stack, fiscal_code, folder)
            with browsers.window(browser, PHONE, base_url=stack.url("portal")) as window:
                page = window.new_page()
                browsers.log_in(page, stack.url("portal"), fiscal_code, "/timeline")
                page.screenshot(path=folder / "timeline-on-a-phone.png")
            with browsers.window(browser, WINDOW, base_url=stack.url("portal")) as window:
                _of_operations(window.new_page(), stack, folder)


def _of_citizens(page: Page, stack: Stack, fiscal_code: str, folder: Path) -> None:
    page.goto("/")
    page.screenshot(path=folder / "welcome.png")
    page.goto("/login/start")
    page.screenshot(path=folder / "provider.png")
    browsers.log_in(page, stack.url("portal"), fiscal_code)
    for name, path in PAGES.items():
        page.goto(path)
        page.screenshot(path=folder / f"{name}.png", full_page=True, clip=TALL)
    page.goto("/suggestions")
    page.get_by_role("link", name="Perché lo vedo?").first.click()
    page.screenshot(path=folder / "why.png")


def _of_operations(page: Page, stack: Stack, folder: Path) -> None:
    page.goto("/operations/login")
    page.get_by_label("Token").fill(stack.operations()["Authorization"].removeprefix("Bearer "))
    page.get_by_role("button", name="Entra").click()
    page.get_by_role("heading", name="Servizi").wait_for()
    page.screenshot(path=folder / "operations.png")


def _fiscal_code() -> str:
    command = [sys.executable, "-m", "percorso.city", "demo", "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    identifiers = json.loads(told)[MOTHER]["identifiers"]
    return next(str(each["value"]) for each in identifiers if each["scheme"] == "cf")


def _wait_for_a_story(stack: Stack, fiscal_code: str) -> None:
    citizen = stack.citizen(fiscal_code)
    eventually(lambda: len(stack.timeline(citizen, limit=ENOUGH)["items"]) == ENOUGH, within_s=300)
    eventually(lambda: suggestions(stack, citizen)["items"], within_s=300)
    for service, path in (("notifications", "/v1/messages/me"), ("identity", "/v1/links/me")):
        eventually(partial(_items, stack, service, path, citizen), within_s=300)


def _items(stack: Stack, service: str, path: str, citizen: dict[str, str]) -> list[Json]:
    answer = stack.http.get(f"{stack.url(service)}{path}", headers=citizen).raise_for_status()
    items: list[Json] = answer.json()["items"]
    return items


if __name__ == "__main__":
    take(FOLDER)
