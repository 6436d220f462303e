"""A running system made of answers: what the client's tests put in the place of the services."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

SERVICES = {"identity": "http://identity.test", "journey": "http://journey.test"}

Respond = Callable[[httpx.Request], httpx.Response]


class FakeSystem:
    """Answers requests by method and path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self._routes: dict[tuple[str, str], Respond] = {}
        self.route("POST", "/v1/tokens", issue)

    def route(self, method: str, path: str, respond: Respond) -> None:
        """Answer this method and path so."""
        self._routes[method, path] = respond

    def open_http(self, url: str, **_: object) -> httpx.Client:
        """Open connections to this system, as `client.open_http` does to a real one."""
        return httpx.Client(base_url=url, transport=httpx.MockTransport(self._answer))

    def asked(self, path: str) -> list[httpx.Request]:
        """Return the requests for this path, in order."""
        return [request for request in self.requests if request.url.path == path]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        respond = self._routes.get((request.method, request.url.path))
        return respond(request) if respond else problem(404, "not-found", "Not found")


def issue(request: httpx.Request) -> httpx.Response:
    """Issue a token that says who asked for it, in place of a signed one."""
    asked = json.loads(request.content)
    who = asked.get("code") or asked.get("role") or asked["identifier"]["scheme"]
    token = {"access_token": f"{asked['caller']}-{who}", "token_type": "Bearer", "expires_in": 3600}
    return httpx.Response(201, json=token)


def accept_all(request: httpx.Request) -> httpx.Response:
    """Accept a batch."""
    return httpx.Response(202, json={"accepted": len(json.loads(request.content)), "rejected": []})


def problem(status: int, slug: str, title: str, **more: Any) -> httpx.Response:
    """Refuse in the form of RFC 9457."""
    body = {"type": f"urn:percorso:problem:{slug}", "title": title, "status": status, **more}
    return httpx.Response(status, json=body, headers={"Content-Type": "application/problem+json"})


def in_turn(*answers: httpx.Response | Respond | Exception) -> Respond:
    """Answer the first request with the first answer, and so on; the last one stays."""
    left = list(answers)

    def respond(request: httpx.Request) -> httpx.Response:
        answer = left.pop(0) if len(left) > 1 else left[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    return respond


def a_home(folder: Path) -> Path:
    """Make the home folder of a running local system."""
    secrets = folder / "secrets"
    secrets.mkdir(parents=True)
    (secrets / "local.secret").write_text("the-local-secret\n")
    run = {"version": 1, "pid": 4242, "services": SERVICES, "kafka": "127.0.0.1:9092"}
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def an_event(number: int = 1, *, agency: str = "c_a182") -> bytes:
    """Encode an event, with spacing and numbers that a re-encoding would change."""
    return (
        b'{"specversion":"1.0", "id":"2026-%06d", "source":"urn:it:%s:anagrafe",'
        b' "data":{"n":1.0, "big":12345678901234567890123}}' % (number, agency.encode())
    )
