"""The ways to the states of pages that no link leads to, or that are more than what services know.

A way is walked in a browser, by what a page is made of and not by its words, and ends with a sign
that the state is there.
"""

from collections.abc import Callable, Mapping

from playwright.sync_api import Page
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tests.integration.portal.states import ID, Answers
from tests.support.portals import a_page

Way = Callable[[Page, Answers], None]
TRACE = "0af7651916cd43dd8448eb211c80319c"
CONSENT = "PUT /v1/consents/me/proactive-suggestions/any"
ERROR = "main .btn[href='/']"
DONE, TOLD, WRONG = ".alert-success", ".alert-info", ".alert-danger"


def link(path: str, sign: str) -> Way:
    """Return the way that a link is."""

    def way(page: Page, _: Answers) -> None:
        page.goto(path)
        _is_there(page, sign)

    return way


def _is_there(page: Page, sign: str) -> None:
    page.locator(sign).first.wait_for(state="attached")


def _decide(page: Page, answers: Answers) -> None:
    decision = {"id": ID, "purpose": "proactive-suggestions", "channel": "any", "given": False}
    more = {"version": 2, "decided_at": "2026-05-04T10:00:00Z", "text_version": 1}
    answers[CONSENT] = decision | more
    page.goto("/consents")
    page.locator("button[name=given]").first.click()
    _is_there(page, "dl.facts")


def _prefer_no_time(page: Page, _: Answers) -> None:
    page.goto("/preferences")
    page.locator("#begin").fill("08:00")
    page.locator("form[action='/preferences'] .btn").click()
    _is_there(page, "#end-fault")


async def _no_address(_: Request) -> Response:
    errors = [{"pointer": f"/{name}", "title": "Is none"} for name in ("email", "phone")]
    problem = {"type": "urn:percorso:problem:invalid-request", "errors": errors}
    return JSONResponse(problem, 422)


def _be_reached_nowhere(page: Page, answers: Answers) -> None:
    answers["PUT /v1/contacts/me"] = _no_address
    page.goto("/preferences")
    page.locator("#phone").fill("123")
    page.locator("form[action='/preferences/contacts'] .btn").click()
    _is_there(page, "#email-fault")
    _is_there(page, "#phone-fault")


def _find_nothing(page: Page, answers: Answers) -> None:
    answers["GET /v1/timelines/me"] = a_page()
    page.goto(f"/timeline?matter={'9' * 200}&agency=c_a182&service=tari&channel=01.1.1")
    _is_there(page, ".chosen")
    _is_there(page, ".empty")


def _follow(page: Page, answers: Answers) -> None:
    why = f"GET /v1/suggestions/{ID}/why"
    answers[why] = {**answers[why], "state": "followed"}
    page.goto(f"/suggestions/{ID}")
    _is_there(page, DONE)


def _send_another_sessions_form(page: Page, _: Answers) -> None:
    page.goto("/preferences")
    page.evaluate("document.querySelectorAll('[name=form]').forEach(each => each.value = 'x')")
    page.locator("form[action='/preferences'] .btn").click()
    _is_there(page, ERROR)


def _be_refused(page: Page, answers: Answers) -> None:
    answers[f"POST /v1/suggestions/{ID}/reactions"] = 409
    page.goto("/suggestions")
    page.locator("button[value=dismissed]").first.click()
    _is_there(page, ERROR)


def _lose(name: str) -> Way:
    """Return the way to the first page, or that of preferences, while a part of it is away."""

    def way(page: Page, answers: Answers) -> None:
        del answers[f"GET /v1/{name}/me"]
        page.goto("/preferences" if name in {"preferences", "contacts"} else "/")
        _is_there(page, ".away")

    return way


CITIZENS: Mapping[str, Way] = {
    "receipt": _decide,
    "no time": _prefer_no_time,
    "no address": _be_reached_nowhere,
    "kept": link("/preferences?kept=1", DONE),
    "no day": link("/timeline?since=soon&until=2026-05-04&service=tari", "#since-fault"),
    "nothing found": _find_nothing,
    "older contacts": link("/timeline?cursor=c", ".pages a"),
    "older messages": link("/messages?cursor=c", ".pages a"),
    "older entries": link("/access-log?cursor=c", ".pages a"),
    "later": link("/suggestions?done=later", DONE),
    "dismissed": link("/suggestions?done=dismissed", DONE),
    "followed": _follow,
    "undone": link("/links?undone=1", DONE),
    "stronger login": link("/login?level=3&return_to=/consents", TOLD),
    "missing": link("/nothing", ERROR),
    "forged": _send_another_sessions_form,
    "refused": _be_refused,
    **{f"{name} away": _lose(name) for name in ("timelines", "suggestions", "messages")},
    **{f"{name} away": _lose(name) for name in ("preferences", "contacts")},
}


def _check_code(code: str, sign: str, *, genuine: bool = True) -> Way:
    def way(page: Page, answers: Answers) -> None:
        if not genuine:
            answers["POST /v1/verifications"] = {"genuine": False}
        page.goto("/codes")
        page.evaluate("document.querySelector('form[action=\"/codes\"]').noValidate = true")
        page.locator("#code").fill(code)
        page.locator("form[action='/codes'] .btn").click()
        _is_there(page, sign)

    return way


def _bring_no_token(page: Page, answers: Answers) -> None:
    answers["GET /v1/dead-letters"] = 403
    page.goto("/operations/login")
    page.locator("#token").fill("none")
    page.locator("form[action='/operations/login'] .btn").click()
    _is_there(page, "#token-fault")


EVERYBODYS: Mapping[str, Way] = {
    **{path: link(path, "h1") for path in ("/", "/accessibility", "/docs", "/operations/login")},
    "codes": link("/codes", "#code"),
    "login": link("/login", ".btn"),
    "left": link("/login?left=1", DONE),
    **{
        fault: link(f"/login/callback?error={fault}", WRONG)
        for fault in ("refused", "cancelled", "expired", "level-too-low", "unavailable")
    },
    "missing": link("/nothing", ERROR),
    "genuine": _check_code("AB12", DONE),
    "not ours": _check_code("AB12", WRONG, genuine=False),
    "no code": _check_code("", "#code-fault"),
    "no token": _bring_no_token,
}


async def _unready(_: Request) -> Response:
    checks = {"postgres": "away: " + "no answer " * 10, "kafka": "ok"}
    return JSONResponse({"type": "urn:percorso:problem:not-ready", "checks": checks}, 503)


def _answer(sign: str, **changed: object) -> Way:
    """Return the way to the page of operations while services answer something else."""

    def way(page: Page, answers: Answers) -> None:
        answers |= {f"GET /{path}": answer for path, answer in changed.items()}
        page.goto("/operations")
        _is_there(page, sign)

    return way


OPERATIONS: Mapping[str, Way] = {
    "letters": link("/operations", ".actions"),
    "no letters": _answer(".empty", **{"v1/dead-letters": {"items": []}}),
    "unready": _answer("td br", readyz=_unready),
    "away": _answer(".away", **{"readyz": 503, "status": 503, "v1/dead-letters": 503}),
    **{done: link(f"/operations?done={done}", TOLD) for done in ("redriven", "not-applied")},
    "trace": link(f"/operations?code={TRACE}", f"a[href$='{TRACE}']"),
    "no trace": link("/operations?code=none", "#code-fault"),
    "missing": link("/nothing", ERROR),
}
