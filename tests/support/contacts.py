"""Identity's routes for contacts, consents and the access log, over one database, without a broker."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from asyncpg import Pool
from fastapi import FastAPI

from percorso.chassis import problems
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import FakeClock, Issuer
from percorso.identity.access import api as access_api
from percorso.identity.access import store as access_store
from percorso.identity.access.api import AccessLog
from percorso.identity.consents import api as consents_api
from percorso.identity.consents import store as consents_store
from percorso.identity.consents.api import Consents
from percorso.identity.contacts import api as contacts_api
from percorso.identity.contacts import store as contacts_store
from percorso.identity.contacts.api import Contacts
from percorso.identity.contacts.releases import Note, Releases
from percorso.identity.contacts.vault import Vault
from tests.support.events import a_subject

SUBJECT = a_subject(1)
CURSOR_KEY = b"percorso cursor, never in use!!!"
Json = dict[str, Any]


def a_vault(pool: Pool, *masters: bytes) -> Vault:
    """Return a vault with these master keys, not compared yet."""

    async def load() -> Mapping[UUID, bytes]:
        async with transaction(pool) as connection:
            return await contacts_store.data_keys(connection, masters)

    return Vault(load)


class Http:
    """The routes, as one caller or another uses them; `clock` is theirs."""

    def __init__(self, pool: Pool, vault: Vault, note: Note) -> None:
        self.issuer = Issuer()
        self.clock = FakeClock()
        tokens, app = self.issuer.tokens("identity"), FastAPI()
        problems.install(app)
        releases = Releases(pool, vault, allows=consents_store.allowed, note=note, clock=self.clock)
        for each in (
            consents_api.router(tokens, Consents(pool, self.clock, lambda: None)),
            contacts_api.router(tokens, Contacts(pool, vault, self.clock)),
            contacts_api.release_router(tokens, releases),
            access_api.router(tokens, AccessLog(pool, CURSOR_KEY)),
        ):
            app.include_router(each)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://identity")

    async def call(
        self, method: str, path: str, body: object = None, *, by: str, **query: str | int
    ) -> httpx.Response:
        """Call as whoever the header names."""
        return await self.client.request(
            method, path, json=body, params=query, headers={"Authorization": by}
        )

    def citizen(self, subject: UUID = SUBJECT, level: int = 2) -> str:
        """Return the header of a citizen."""
        return self.issuer.citizen("identity", subject, level)

    def service(self, name: str = "notifications") -> str:
        """Return the header of a service."""
        return self.issuer.service("identity", name)

    async def decide(
        self, subject: UUID = SUBJECT, *, is_given: bool, path: str = "proactive-suggestions/email"
    ) -> None:
        """Give or withdraw a consent."""
        answer = await self.call(
            "PUT", f"/v1/consents/me/{path}", {"given": is_given}, by=self.citizen(subject)
        )
        assert answer.status_code == 200, answer.text

    async def change(self, said: Mapping[str, str], subject: UUID = SUBJECT) -> Json:
        """Change the addresses, and return the answer; what is not said is removed."""
        body = {"email": None, "phone": None, **said}
        answer = await self.call("PUT", "/v1/contacts/me", body, by=self.citizen(subject))
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        found: Json = answer.json()
        return found

    async def read(self, subject: UUID = SUBJECT) -> Json:
        """Return the addresses."""
        answer = await self.call("GET", "/v1/contacts/me", by=self.citizen(subject, 1))
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        found: Json = answer.json()
        return found

    async def release(self, **asked: object) -> httpx.Response:
        """Ask for an address as notifications does; of the first subject, for a suggestion."""
        body = {
            "subject": str(SUBJECT),
            "purpose": "proactive-suggestions",
            "channel": "email",
            "reference": "message-1",
        }
        return await self.call("POST", "/v1/contacts/release", body | asked, by=self.service())

    async def log(self, subject: UUID = SUBJECT, **query: str | int) -> Json:
        """Return a page of a citizen's access log."""
        answer = await self.call("GET", "/v1/access-log/me", by=self.citizen(subject, 1), **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        page: Json = answer.json()
        return page


@asynccontextmanager
async def routes(pool: Pool, vault: Vault, note: Note = access_store.note) -> AsyncIterator[Http]:
    """Yield the routes."""
    http = Http(pool, vault, note)
    async with http.client:
        yield http
