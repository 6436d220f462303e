"""Makes keys and passwords once and keeps them in the data folder, mode 0600."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from percorso.local.errors import Refusal
from percorso.local.home import Home

SUBJECT_KEY = "subject.key"
ISSUER_KEY = "issuer.pem"
LOCAL_SECRET = "local.secret"  # noqa: S105 - the name of a file
CURSOR_KEY = "cursor.key"
VAULT_KEY = "vault.key"
MESSAGES_KEY = "messages.key"
VAULT_KEY_BYTES = 32  # AES-256
CALLING = ("notifications", "portal")  # services that call identity, each with a key of its own
SERVICE_KEYS = "services.jwks"  # the public keys of them all
LOGIN_SIGNING_KEY, LOGIN_ENCRYPTION_KEY = "login-signing.pem", "login-encryption.pem"
LOGIN_KEYS = "login.jwks"  # their public halves, for the provider of identities
PROVIDER_KEY = "provider.pem"
RSA_BITS = 2048  # the least that SPID's rules allow
KEY_BYTES = 48  # base64 of it needs no padding, so every reader reads the same


def make(home: Home) -> None:
    """Make what is missing; never a second subject key over data of the first."""
    if home.postgres.exists() and not (home.secrets / SUBJECT_KEY).exists():
        raise Refusal(
            f"{home.secrets / SUBJECT_KEY} is missing although there is data: put it back from "
            "your backup, because a new key would split every citizen in two."
        )
    _write_once(home.secrets / ISSUER_KEY, _private_key())
    _write_once(home.secrets / VAULT_KEY, secrets.token_hex(VAULT_KEY_BYTES))
    for name in (LOCAL_SECRET, CURSOR_KEY, MESSAGES_KEY, SUBJECT_KEY):
        _write_once(home.secrets / name, _random_text())
    _make_service_keys(home)
    _make_login_keys(home)


def service_key(home: Home, service: str) -> Path:
    """Give the file of the private key by which identity knows a service that calls it."""
    return home.secrets / f"{service}.pem"


def password(home: Home, name: str) -> str:
    """Give the password of a database role, made when first asked for."""
    return _write_once(home.secrets / f"{name}.password", secrets.token_urlsafe(24))


def _random_text() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _make_service_keys(home: Home) -> None:
    """Make a key for each service that calls, and tell identity the public halves, anew each time."""
    keys = [_public(name, _write_once(service_key(home, name), _private_key())) for name in CALLING]
    write_private(home.secrets / SERVICE_KEYS, json.dumps({"keys": keys}))


def _make_login_keys(home: Home) -> None:
    """Make identity's keys for logins, and the provider's, which is a stranger to it."""
    _write_once(home.secrets / PROVIDER_KEY, _rsa_key)
    uses = {"sig": LOGIN_SIGNING_KEY, "enc": LOGIN_ENCRYPTION_KEY}
    keys = [
        _public_rsa(use, _write_once(home.secrets / name, _rsa_key)) for use, name in uses.items()
    ]
    write_private(home.secrets / LOGIN_KEYS, json.dumps({"keys": keys}))


def _public(service: str, pem: str) -> dict[str, str]:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)  # noqa: S101 - it is ours
    numbers = key.public_key().public_numbers()
    return {
        "kid": service,
        "kty": "EC",
        "crv": "P-256",
        "alg": "ES256",
        "use": "sig",
        "x": _coordinate(numbers.x),
        "y": _coordinate(numbers.y),
    }


def _public_rsa(use: str, pem: str) -> dict[str, str]:
    """Write the public half, named by its thumbprint (RFC 7638), as identity names it too."""
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)  # noqa: S101 - it is ours
    numbers = key.public_key().public_numbers()
    n = _base64url(numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big"))
    e = _base64url(numbers.e.to_bytes((numbers.e.bit_length() + 7) // 8, "big"))
    thumbprint = sha256(f'{{"e":"{e}","kty":"RSA","n":"{n}"}}'.encode()).digest()
    return {"kid": _base64url(thumbprint), "kty": "RSA", "use": use, "n": n, "e": e}


def _coordinate(number: int) -> str:
    return _base64url(number.to_bytes(32, "big"))


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _rsa_key() -> str:
    return _pem(rsa.generate_private_key(public_exponent=65_537, key_size=RSA_BITS))


def _private_key() -> str:
    return _pem(ec.generate_private_key(ec.SECP256R1()))


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _write_once(path: Path, text: str | Callable[[], str]) -> str:
    """Keep the text unless there is one already; it is on the disk when this returns."""
    if not path.exists():
        write_private(path, text if isinstance(text, str) else text())
    return path.read_text(encoding="utf-8")


def write_private(path: Path, text: str) -> None:
    """Replace a file as a whole, readable by its owner only."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(path)
