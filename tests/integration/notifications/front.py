"""A front end of notifications, over its routes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.chassis.testing import Issuer
from percorso.notifications.inbox import api as inbox_api
from percorso.notifications.inbox.api import Inbox
from percorso.notifications.preferences import api as preferences_api
from percorso.notifications.preferences import store as preferences
from percorso.notifications.verification import api as verification_api
from tests.integration.notifications.office import ADA, KEY, Office, message

MINE = "/v1/messages/me"


class Front:
    """A front end that speaks for citizens."""

    def __init__(self, http: httpx.AsyncClient, issuer: Issuer) -> None:
        self.http = http
        self.issuer = issuer

    def as_(self, subject: UUID) -> dict[str, str]:
        """Return the header of a citizen."""
        return {"Authorization": self.issuer.citizen("notifications", subject)}

    async def messages(self, subject: UUID = ADA, **query: Any) -> list[dict[str, Any]]:
        """Return all messages of a citizen, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            answer = await self.http.get(MINE, params=query, headers=self.as_(subject))
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if not (cursor := answer.json()["next_cursor"]):
                return found
            query["cursor"] = cursor

    async def read(self, number: int, subject: UUID = ADA) -> int:
        """Say that a message was read; return the answer's status."""
        path = f"/v1/messages/{message(number)}/read"
        return (await self.http.post(path, headers=self.as_(subject))).status_code

    async def verify(self, code: str) -> dict[str, Any]:
        """Check a code, as anybody may."""
        answer = await self.http.post("/v1/verifications", json={"code": code})
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        return said


@asynccontextmanager
async def front_end(desk: Office) -> AsyncIterator[Front]:
    """Give a front end of the office."""
    issuer, app = Issuer(clock=desk.clock), FastAPI()
    tokens = issuer.tokens("notifications")
    problems.install(app)
    app.include_router(inbox_api.router(tokens, Inbox(desk.pool, desk.clock, KEY, preferences.of)))
    app.include_router(preferences_api.router(desk.pool, tokens, desk.clock))
    app.include_router(verification_api.router(desk.pool, desk.clock))
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://notifications") as http:
        yield Front(http, issuer)
