"""Stories of logging in, over the whole stack: at the provider, back at the door, into the timeline."""

import asyncio
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from percorso.chassis.service_tokens import ServiceTokens
from tests.support.stack import Json, Stack, an_event
from tests.support.waiting import eventually

pytestmark = pytest.mark.timeout(180)

VERIFIER = "v" * 64
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).decode().rstrip("=")


@pytest.fixture
def browser() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=30) as browser:
        yield browser


def log_in(stack: Stack, browser: httpx.Client, citizen: str, *, level: int = 2) -> dict[str, Any]:
    """Go where the redirects lead, and say at the provider who one is; return what the portal gets."""
    query = {"challenge": CHALLENGE, "return_to": "/timeline", "level": str(level)}
    started = browser.get(f"{stack.url('identity')}/v1/login", params=query)
    page = browser.get(started.headers["location"])
    assert "Non è SPID e non è CIE" in page.text
    [name] = re.findall(r'name="login" value="([^"]+)"', page.text)
    form = {"login": name, "person": "", "code": citizen, "level": str(level), "do": "login"}
    answered = browser.post(f"{stack.run['provider']}/authorize", data=form)
    ended = browser.get(answered.headers["location"])
    location = urlsplit(ended.headers["location"])
    assert location.path == "/login/callback"
    return {name: value for name, [value] in parse_qs(location.query).items()}


def redeem(stack: Stack, **body: str) -> httpx.Response:
    """Fetch the login as the portal, which proves itself by its key."""
    url = stack.url("identity")
    key = stack.home / "secrets" / "portal.pem"

    async def authorization() -> str:
        async with ServiceTokens(url, "portal", key, "identity") as tokens:
            return await tokens.authorization()

    headers = {"Authorization": asyncio.run(authorization())}
    return stack.http.post(f"{url}/v1/login/sessions", json=body, headers=headers)


def session(stack: Stack, browser: httpx.Client, citizen: str, **more: Any) -> Json:
    """Log in and return the session."""
    level = more.pop("level", 2)
    code = log_in(stack, browser, citizen, level=level)["code"]
    answer = redeem(stack, code=code, verifier=VERIFIER, **more)
    assert answer.status_code == 201, answer.text
    opened: Json = answer.json()
    return opened


def allow(stack: Stack, opened: Json) -> httpx.Response:
    """Give a consent, as whoever has this session."""
    url = f"{stack.url('identity')}/v1/consents/me/feedback/any"
    headers = {"Authorization": f"Bearer {opened['access_token']}"}
    return stack.http.put(url, json={"given": True}, headers=headers)


def test_whoever_logs_in_reads_their_own_timeline(
    stack: Stack, browser: httpx.Client, citizen: str
) -> None:
    stack.post(an_event(citizen), stack.agency())

    opened = session(stack, browser, citizen)

    reader = {"Authorization": f"Bearer {opened['access_token']}"}
    [item] = eventually(lambda: stack.timeline(reader)["items"])
    assert item["matter"] == "AN/2026/123"
    assert (opened["level"], opened["return_to"]) == (2, "/timeline")
    assert citizen not in str(opened)


def test_what_the_browser_did_before_the_login_is_in_the_timeline(
    stack: Stack, browser: httpx.Client, citizen: str
) -> None:
    visitor = f"c_a182:{secrets.token_hex(8)}"
    touchpoint = {"channel": "02.1", "page": "/nido"}
    viewed = an_event(citizen, type="eu.percorso.page.viewed.v1")
    viewed["data"] = {"citizen": {"scheme": "visitor", "value": visitor}, "touchpoint": touchpoint}
    assert stack.post(viewed, stack.agency()).status_code == 202

    opened = session(stack, browser, citizen, visitor=visitor)

    reader = {"Authorization": f"Bearer {opened['access_token']}"}
    assert opened["link_id"] is not None
    [item] = eventually(lambda: stack.timeline(reader)["items"])
    assert item["touchpoint"]["page"] == "/nido"


def test_a_citizen_who_needs_more_is_sent_again(
    stack: Stack, browser: httpx.Client, citizen: str
) -> None:
    refused = allow(stack, session(stack, browser, citizen, level=1))
    needed = refused.json()["level"]
    taken = allow(stack, session(stack, browser, citizen, level=needed))

    assert refused.json()["type"] == "urn:percorso:problem:level-too-low"
    assert (refused.status_code, needed, taken.status_code) == (403, 2, 200)


def test_nothing_of_the_person_is_written_down(
    stack: Stack, browser: httpx.Client, citizen: str
) -> None:
    session(stack, browser, citizen)

    logs = "".join(path.read_text() for path in (stack.home / "logs").glob("*.log"))
    found = eventually(lambda: _logins(stack))

    assert "somebody has logged in" in logs
    for written in (logs, str(found)):
        assert citizen.lower() not in written.lower()


def _logins(stack: Stack) -> list[list[Json]]:
    """Return the traces of all logins."""
    wanted = {"serviceName": "identity", "spanName": "get /v1/login/callback", "limit": "1000"}
    answer = stack.http.get(f"{stack.run['traces']}/api/v2/traces", params=wanted)
    traces: list[list[Json]] = answer.json()
    return traces
