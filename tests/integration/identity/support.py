"""Identity as a process of its own, against servers that can be taken away."""

import asyncio
import json
import os
import signal
import sys
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from percorso.local.ports import free_port
from tests.support import identities
from tests.support.waiting import until

SECRET = "for-tests-only"
CITIZEN = "RSSMRA85T10A562S"
STOP_TIMEOUT_S = 15


@dataclass(frozen=True, slots=True)
class Home:
    """The files and settings of one identity."""

    folder: Path
    environment: Mapping[str, str]
    url: str

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run `python -m percorso.identity` to its end; its exit code and all that it wrote."""
        process = await self._start(*arguments)
        return await process.wait(), self.written()

    @asynccontextmanager
    async def served(self) -> AsyncIterator[httpx.AsyncClient]:
        """Yield a client of `serve`; afterwards SIGTERM must end it in order, and nobody is logged."""
        process = await self._start("serve")
        try:
            async with httpx.AsyncClient(base_url=self.url, timeout=10) as client:
                await until(lambda: answers(client, "/livez"))
                yield client
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(STOP_TIMEOUT_S):
                assert await process.wait() == 0
            assert not any(secret in self.written() for secret in (CITIZEN, SECRET))
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    def written(self) -> str:
        """Return what the last process wrote."""
        return self._log.read_text("utf-8")

    @property
    def _log(self) -> Path:
        return self.folder / "log"

    async def _start(self, *arguments: str) -> asyncio.subprocess.Process:
        with self._log.open("wb") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "percorso.identity",
                *arguments,
                env=self.environment,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )


def a_home(folder: Path, postgres: Mapping[str, str], kafka: str) -> Home:
    """Make keys and settings in the folder; `postgres` has `application` and `owner`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    trusted = {"issuer": url, "jwks_uri": f"{url}/.well-known/jwks.json"}
    callers = ["agency", "citizen", "operator", "service"]
    settings = {
        "KAFKA": kafka,
        "ISSUERS": json.dumps([{**trusted, "callers": callers}]),
        "IDENTITY_PORT": str(port),
        "IDENTITY_POSTGRES": postgres["application"],
        "IDENTITY_POSTGRES_OWNER": postgres["owner"],
        "IDENTITY_SUBJECT_KEY_FILE": str(a_subject_key(folder, "subject.key")),
        "IDENTITY_VAULT_KEY_FILE": str(a_vault_key(folder, "vault.key")),
        "IDENTITY_ISSUER": url,
        "IDENTITY_ISSUER_KEY_FILE": str(_issuer_key(folder)),
        "IDENTITY_SERVICE_KEYS_FILE": str(
            _written(folder / "services.jwks", identities.service_keys(folder).decode())
        ),
        "IDENTITY_LOCAL_SECRET_FILE": str(_written(folder / "local.secret", SECRET)),
    }
    own = {f"PERCORSO_{name}": value for name, value in settings.items()}
    return Home(folder, {**_inherited(), **own}, url)


def changed(home: Home, **settings: str | None) -> Home:
    """Return the same home with other settings; None removes one."""
    environment = dict(home.environment)
    for name, value in settings.items():
        environment.pop(f"PERCORSO_IDENTITY_{name}")
        if value is not None:
            environment[f"PERCORSO_IDENTITY_{name}"] = value
    return Home(home.folder, environment, home.url)


def a_subject_key(folder: Path, name: str) -> Path:
    """Write a fresh subject key."""
    return _written(folder / name, urlsafe_b64encode(os.urandom(48)).decode())


def a_vault_key(folder: Path, name: str) -> Path:
    """Write a fresh master key of the vault."""
    return _written(folder / name, os.urandom(32).hex())


async def answers(client: httpx.AsyncClient, path: str, status: int = 200) -> bool:
    """Say whether the path answers with this status."""
    try:
        return (await client.get(path)).status_code == status
    except httpx.HTTPError:
        return False


def _inherited() -> dict[str, str]:
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PERCORSO_", "OTEL_"))
    }


def _issuer_key(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _written(folder / "issuer.pem", pem.decode())


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o600)
    return path
