"""How providers know us: keys, settings, and the addresses that a provider may name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from pydantic import ValidationError

from docs.generate import applications
from percorso.chassis.settings import Misconfigured
from percorso.chassis.testing import FakeClock
from percorso.events.errors import Unavailable
from percorso.identity import service
from percorso.identity.login import registrations
from percorso.identity.login.metadata import MetadataSource
from percorso.identity.login.registrations import Registration, UnusableLoginKey
from percorso.identity.settings import Settings
from percorso.local import keys
from percorso.local.home import Home
from tests.support.clients import ENCRYPTION, SIGNING


def a_short_key() -> bytes:
    """Return a key that was good enough once."""
    key = rsa.generate_private_key(65_537, 1024)  # noqa: S505 - it is to be refused
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


BAD: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "text": lambda: b"secret text",
    "a public key": lambda: SIGNING.as_pem(private=False),
    "a short key": a_short_key,
    "a key of another kind": lambda: ECKey.generate_key("P-256").as_pem(private=True),
}


def a_registration(folder: Path, signing: bytes, encryption: bytes) -> Registration:
    """Write both keys."""
    files = {"signing_key_file": signing, "encryption_key_file": encryption}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    paths = {name: folder / name for name in files}
    return Registration(issuer="https://provider.example", client_id="https://us.example", **paths)


def test_keys_are_read_and_named_by_their_thumbprints(tmp_path: Path) -> None:
    pems = [key.as_pem(private=True) for key in (SIGNING, ENCRYPTION)]

    found = registrations.read_keys(a_registration(tmp_path, *pems))

    assert found.signing.kid == SIGNING.thumbprint()
    assert found.encryption.kid == ENCRYPTION.thumbprint()


def test_the_local_stack_names_the_keys_as_identity_does(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.secrets.mkdir()
    keys.make(home)
    pems = [
        (home.secrets / name).read_bytes()
        for name in (keys.LOGIN_SIGNING_KEY, keys.LOGIN_ENCRYPTION_KEY)
    ]

    found = registrations.read_keys(a_registration(tmp_path, *pems))

    published = json.loads((home.secrets / keys.LOGIN_KEYS).read_text())["keys"]
    assert [(key["kid"], key["use"]) for key in published] == [
        (found.signing.kid, "sig"),
        (found.encryption.kid, "enc"),
    ]
    assert not any(key.keys() & {"d", "p", "q"} for key in published)


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("content", BAD.values(), ids=BAD.keys())
def test_a_file_without_such_a_key_is_refused_and_not_shown(
    tmp_path: Path, content: Callable[[], bytes]
) -> None:
    registration = a_registration(tmp_path, content(), ENCRYPTION.as_pem(private=True))

    with pytest.raises(UnusableLoginKey) as refusal:
        registrations.read_keys(registration)

    assert "secret" not in str(refusal.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    registration = a_registration(tmp_path, b"", b"")
    registration.signing_key_file.unlink()

    with pytest.raises(UnusableLoginKey, match="cannot be read"):
        registrations.read_keys(registration)


@pytest.mark.parametrize(
    "changed", [{"issuer": "provider.example"}, {"issuer": ""}, {"client_id": "a b"}, {"more": 1}]
)
def test_a_registration_of_another_form_is_refused(tmp_path: Path, changed: Any) -> None:
    good = a_registration(tmp_path, b"", b"").model_dump()

    with pytest.raises(ValidationError):
        Registration.model_validate({**good, **changed})


async def test_logins_need_an_address_to_return_to(tmp_path: Path) -> None:
    settings = applications._settings("identity", Home(tmp_path))
    assert isinstance(settings, Settings)
    without = settings.model_copy(update={"portal_callback": None})

    with pytest.raises(Misconfigured, match="portal"):
        async with service.build(without, only=None):
            pass


async def test_without_providers_there_is_no_login(tmp_path: Path) -> None:
    settings = applications._settings("identity", Home(tmp_path))
    assert isinstance(settings, Settings)
    without = settings.model_copy(update={"login_providers": (), "portal_callback": None})

    async with service.build(without, only=None) as parts:
        assert parts.app is not None
        assert not any(path.startswith("/v1/login") for path in parts.app.openapi()["paths"])


def described(**changed: str) -> httpx.AsyncClient:
    """Return a client of a provider that describes itself."""
    own = {
        "issuer": "https://provider.example",
        "authorization_endpoint": "https://provider.example/authorize",
        "token_endpoint": "https://provider.example/token",
        "userinfo_endpoint": "https://provider.example/userinfo",
        "jwks_uri": "https://provider.example/jwks.json",
    }
    answer = httpx.Response(200, json=own | changed)
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: answer))


async def test_a_provider_that_is_reached_safely_sends_nobody_into_the_clear() -> None:
    good, bad = described(), described(token_endpoint="http://provider.example/token")

    found = await MetadataSource("https://provider.example", good, FakeClock()).read()
    with pytest.raises(Unavailable):
        await MetadataSource("https://provider.example", bad, FakeClock()).read()

    assert not found.names_itself
