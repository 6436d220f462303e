"""Identity in this process: its real parts and application, against real servers."""

import asyncio
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from pydantic import SecretStr
from starlette.types import ASGIApp

from percorso.chassis import runtime
from percorso.chassis.callers import Role
from percorso.chassis.health import Health
from percorso.chassis.runtime import Parts
from percorso.chassis.testing import Issuer
from percorso.identity import service
from percorso.identity.door.reading import BATCH, SINGLE
from percorso.identity.settings import Settings
from percorso.identity.tokens import issuer as issuers
from percorso.local.keys import CALLING
from tests.support.databases import Database
from tests.support.doors import AGENCY, KEY, PREFIX
from tests.support.waiting import until

URL = "http://identity.example"
SECRET = "for-tests-only"
PATH = "/v1/events"
MASTER_KEY = b"percorso master, never in use!!!"


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity that runs; `issuer` signs what it trusts."""

    app: ASGIApp
    parts: Parts
    issuer: Issuer
    http: httpx.AsyncClient

    def headers(self, media_type: str, **more: str) -> dict[str, str]:
        """Return the headers of the agency that is registered."""
        own = {"Authorization": self.issuer.agency("identity"), "Content-Type": media_type}
        return own | {name.replace("_", "-"): value for name, value in more.items()}

    async def post(self, event: object, *, query: str = "", **headers: str) -> httpx.Response:
        """Post one event, as bytes or as what is to be written."""
        return await self._post(event, SINGLE, query, headers)

    async def post_batch(
        self, events: object, *, query: str = "", **headers: str
    ) -> httpx.Response:
        """Post a batch, as bytes or as what is to be written."""
        return await self._post(events, BATCH, query, headers)

    async def _post(
        self, sent: object, media_type: str, query: str, headers: Mapping[str, str]
    ) -> httpx.Response:
        content = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
        return await self.http.post(
            f"{PATH}{query}", content=content, headers=self.headers(media_type, **headers)
        )

    async def is_ready(self) -> bool:
        """Say whether every check is fine."""
        return not any([await check() for check in self.parts.checks.values()])

    async def register(self, code: str, *sources: str) -> None:
        """Register an agency."""
        answer = await self.http.post(
            "/v1/agencies",
            json={"code": code, "sources": sources},
            headers={"Authorization": self.issuer.operator("identity", Role.OPERATIONS)},
        )
        assert answer.status_code in {200, 201}, answer.text


@asynccontextmanager
async def running(folder: Path, database: Database, kafka: str) -> AsyncIterator[Identity]:
    """Run identity, with its topics and one agency; yield when it is ready.

    In a group of its own, so that it shares the topic with no other test's identity.
    """
    settings = _settings(folder, database, kafka)
    stop, group = asyncio.Event(), f"{service.GROUP}-{secrets.token_hex(4)}"
    await service.topics(settings)
    async with AsyncExitStack() as stack:
        with patch.object(service, "GROUP", group):
            parts = await stack.enter_async_context(service.build(settings, only=None))
        health = Health(parts.checks)
        running = [health.run, *parts.workers.values()]
        workers = asyncio.gather(*(worker(stop) for worker in running))
        identity = _identity(settings, parts, health)
        try:
            await until(identity.is_ready)
            await identity.register(AGENCY, PREFIX)
            yield identity
        finally:
            await identity.http.aclose()
            stop.set()
            await workers


def _identity(settings: Settings, parts: Parts, health: Health) -> Identity:
    app = runtime.application(runtime.Identity("identity", "0"), parts, health)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    http = httpx.AsyncClient(transport=transport, base_url=URL, timeout=30)
    issuer = Issuer(URL)
    issuer.key = issuers.read_key(settings.issuer_key_file)
    return Identity(app, parts, issuer, http)


def _settings(folder: Path, database: Database, kafka: str) -> Settings:
    callers = ["agency", "citizen", "operator", "service"]
    trusted = {"issuer": URL, "jwks_uri": f"{URL}/jwks.json", "callers": callers}
    given: dict[str, Any] = {
        "PERCORSO_KAFKA": kafka,
        "postgres": SecretStr(database.application),
        "PERCORSO_ISSUERS": json.dumps([trusted]),
        "issuer": URL,
        "issuer_key_file": _written(folder / "issuer.pem", _pem(ECKey.generate_key("P-256"))),
        "subject_key_file": _written(folder / "subject.key", urlsafe_b64encode(KEY)),
        "vault_key_file": _written(folder / "vault.key", MASTER_KEY.hex().encode()),
        "service_keys_file": _written(folder / "services.jwks", service_keys(folder)),
        "local_secret_file": _written(folder / "local.secret", SECRET.encode()),
    }
    return Settings(**given)


def service_key(folder: Path, name: str) -> Path:
    """Return the file with a service's private key."""
    return folder / f"{name}.pem"


def service_keys(folder: Path) -> bytes:
    """Make a key for each service that calls identity; return the public halves as a JWKS."""
    keys = [ECKey.generate_key("P-256", {"kid": name}) for name in CALLING]
    for key in keys:
        _written(service_key(folder, str(key.kid)), _pem(key))
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


def _pem(key: ECKey) -> bytes:
    assert key.private_key is not None
    return key.private_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
