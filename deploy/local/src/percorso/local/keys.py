"""Makes keys and passwords once and keeps them in the data folder, mode 0600."""

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from percorso.local.errors import Refusal
from percorso.local.home import Home

SUBJECT_KEY = "subject.key"
ISSUER_KEY = "issuer.pem"
LOCAL_SECRET = "local.secret"  # noqa: S105 - the name of a file
CURSOR_KEY = "cursor.key"
KEY_BYTES = 48  # base64 of it needs no padding, so every reader reads the same


def make(home: Home) -> None:
    """Make what is missing; never a second subject key over data of the first."""
    if home.postgres.exists() and not (home.secrets / SUBJECT_KEY).exists():
        raise Refusal(
            f"{home.secrets / SUBJECT_KEY} is missing although there is data: put it back from "
            "your backup, because a new key would split every citizen in two."
        )
    _write_once(home.secrets / ISSUER_KEY, _issuer_key())
    for name in (LOCAL_SECRET, CURSOR_KEY, SUBJECT_KEY):
        _write_once(home.secrets / name, _random_text())


def password(home: Home, name: str) -> str:
    """Give the password of a database role, made when first asked for."""
    return _write_once(home.secrets / f"{name}.password", secrets.token_urlsafe(24))


def _random_text() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def _issuer_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _write_once(path: Path, text: str) -> str:
    """Keep the text unless there is one already; it is on the disk when this returns."""
    if not path.exists():
        write_private(path, text)
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
