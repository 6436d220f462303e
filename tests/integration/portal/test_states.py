"""Each page in each of its states, at three sizes: axe finds nothing, and nothing is cut off."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Page

from percorso.portal.pages.cookies import LANGUAGE
from tests.integration.portal import states, ways
from tests.integration.portal.served import Served
from tests.integration.portal.states import CITIZENS, LONG, Answers
from tests.integration.portal.ways import Way
from tests.support import browsers
from tests.support.browsers import NARROW, WIDE, ZOOMED

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SIZES = {"wide": WIDE, "320 px": NARROW, "200 %": ZOOMED}
VIEWS = [("wide", "it"), ("320 px", "it"), ("200 %", "it"), ("320 px", "en")]
BY_SIZE = pytest.mark.parametrize(("size", "language"), VIEWS)
KNOWN = {
    "full": states.full(),
    "long text": states.full(LONG, LONG[:60]),
    "empty": states.empty(),
    "away": {},
}


def _speak(page: Page, served: Served, language: str) -> None:
    page.context.add_cookies([{"name": LANGUAGE, "value": language, "url": served.portal.url}])


def _faults(page: Page, language: str) -> list[str]:
    """Return what is wrong with the page that is shown, with all that is folded unfolded."""
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = browsers.violations(page)
    found += ["too wide"] if browsers.overflow(page) > 0 else []
    told = page.evaluate("document.documentElement.lang")
    return found if told == language else [*found, f"is in {told}"]


@pytest.mark.parametrize(
    ("known", "size", "language"),
    [*((known, size, "it") for known in KNOWN for size in SIZES), ("long text", "320 px", "en")],
)
async def test_pages_of_citizens(served: Served, known: str, size: str, language: str) -> None:
    served.portal.services.answers |= KNOWN[known]
    faults: list[str] = []

    def story(page: Page) -> None:
        _speak(page, served, language)
        for path in CITIZENS:
            answer = page.goto(path)
            is_whole = answer is not None and answer.ok and not page.locator(".away").count()
            faults.extend([] if is_whole == (known != "away") else [f"{path}: is another state"])
            faults.extend(f"{path}: {fault}" for fault in _faults(page, language))

    await served.show(story, await served.portal.citizen(), size=SIZES[size])

    assert faults == []


async def _walk(
    served: Served, there: Mapping[str, Way], known: Answers, view: tuple[str, str], who: str
) -> list[str]:
    """Return what is wrong with the states that the ways lead to."""
    answers, (size, language) = served.portal.services.answers, view
    faults: list[str] = []

    def story(page: Page) -> None:
        _speak(page, served, language)
        for name, way in there.items():
            answers.clear()
            answers.update(known)
            way(page, answers)
            faults.extend(f"{name}: {fault}" for fault in _faults(page, language))

    began = {"citizen": served.portal.citizen, "operations": served.portal.operations}
    session = await began[who]() if who in began else None
    await served.show(story, session, size=SIZES[size])
    return faults


@BY_SIZE
async def test_what_citizens_do(served: Served, size: str, language: str) -> None:
    known = states.full(LONG, LONG[:60])

    assert await _walk(served, ways.CITIZENS, known, (size, language), "citizen") == []


@BY_SIZE
async def test_what_everybody_sees_and_does(served: Served, size: str, language: str) -> None:
    known = states.full(LONG)

    assert await _walk(served, ways.EVERYBODYS, known, (size, language), "nobody") == []


@BY_SIZE
async def test_what_operations_see(served: Served, size: str, language: str) -> None:
    known = states.operations()

    assert await _walk(served, ways.OPERATIONS, known, (size, language), "operations") == []


async def test_the_page_of_a_bug(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def failing(*_: object) -> object:
        raise RuntimeError

    monkeypatch.setattr("percorso.portal.links.reading.mine", failing)
    there = {"failed": ways.link("/links", ways.ERROR)}

    assert await _walk(served, there, {}, ("320 px", "it"), "citizen") == []


async def test_axe_would_find_something(served: Served) -> None:
    found: list[str] = []

    def story(page: Page) -> None:
        page.goto("/codes")
        page.evaluate("document.querySelector('label').remove()")
        page.evaluate("document.querySelector('h1').style.width = '2000px'")
        found.extend(_faults(page, "en"))

    await served.show(story)

    assert [fault.partition(":")[0] for fault in found] == ["label", "too wide", "is in it"]
