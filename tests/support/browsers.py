"""A real browser: Debian's Chromium, driven by Playwright, and axe-core in its pages."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
DEADLINE_MS = 20_000  # a page of ours takes a tenth of a second; beside other tests it may wait
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
WIDE, NARROW = (1280, 900), (320, 640)
ZOOMED = (640, 450)  # what a window of 1280 by 900 holds at 200 %
# What Chromium itself says of an answer that is no success: that is what some tests are about.
OF_STATUS = "Failed to load resource: the server responded with a status of"


def program() -> str:
    """Return where the browser is; the test is skipped where there is none."""
    found = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium here (Debian: apt-get install chromium chromium-l10n)")
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run a browser; it keeps pages for its back button, as those that people use."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program(),
            args=["--disable-dev-shm-usage"],
            # Dates are then asked for as in Italy, if Debian's chromium-l10n is there.
            env={**os.environ, "LANGUAGE": "it"},
            ignore_default_args=["--disable-back-forward-cache"],
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def window(
    browser: Browser, size: tuple[int, int] = WIDE, **options: Any
) -> Iterator[BrowserContext]:
    """Yield a window of its own, with no cookies; AssertionError at the end if a page logged an error."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        locale="it-IT",
        timezone_id="Europe/Rome",
        **options,
    )
    context.set_default_timeout(DEADLINE_MS)
    errors: list[str] = []
    context.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    try:
        yield context
    finally:
        context.close()
    told = [error for error in errors if not error.startswith(OF_STATUS)]
    assert told == [], told


def log_in(page: Page, portal: str, fiscal_code: str, return_to: str = "/") -> None:
    """Log in as a person does: from the portal to the provider, and back."""
    page.goto(f"{portal}/login?return_to={return_to}")
    page.get_by_role("link", name="Entra con SPID o CIE").click()
    page.get_by_label("Un'altra persona inventata").check()
    page.get_by_label("Il suo codice fiscale").fill(fiscal_code)
    page.get_by_role("button", name="Accedi e invia i dati").click()
    page.wait_for_url(f"{portal}/**")


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against WCAG 2.1, levels A and AA, one line for each element."""
    page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8"))
    options = json.dumps({"runOnly": LEVELS, "resultTypes": ["violations"]})
    found = page.evaluate(f"axe.run(document, {options})")
    return [
        f"{each['id']}: {node['html']} ({node['failureSummary']})"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def overflow(page: Page) -> int:
    """Return by how many pixels a page is wider than its window."""
    wider: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return wider


def hidden_focus(page: Page) -> list[str]:
    """Press Tab from the page's beginning to its end; return what got the focus without showing its ring."""
    page.evaluate("document.activeElement.blur()")
    hidden: list[str] = []
    seen = 0
    while seen < MOST_STOPS:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            return hidden
        seen += 1
        hidden += [f"{stop['html']} ({stop['shadow']})"] if not stop["shows"] else []
    raise AssertionError("the focus does not come to the end of the page")


MOST_STOPS = 300
FOCUSED = """() => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element), box = element.getBoundingClientRect();
    const is = { html: element.outerHTML.slice(0, 200), shadow: style.boxShadow };
    return { ...is, shows: style.boxShadow.includes("5px") && box.width > 0 && box.height > 0 };
}"""
