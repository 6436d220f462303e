"""How we are known to the providers of identities: names and keys."""

from pathlib import Path
from typing import NamedTuple

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from pydantic import BaseModel, ConfigDict, Field

MIN_BITS = 2048  # SPID's rules


class UnusableLoginKey(Exception):
    """A file holds no RSA private key; the text never holds any of it."""


class Registration(BaseModel):
    """One provider, and the name and the files of the keys by which it knows us."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str = Field(min_length=1, max_length=256, pattern=r"^https?://[!-~]+$")
    client_id: str = Field(min_length=1, max_length=256, pattern=r"^[!-~]+$")
    signing_key_file: Path
    encryption_key_file: Path


class Keys(NamedTuple):
    """Our private keys: one signs what we ask, one reads what only we shall read."""

    signing: RSAKey
    encryption: RSAKey


def read_keys(registration: Registration) -> Keys:
    """Return the keys of the files, each named by its thumbprint."""
    return Keys(_key(registration.signing_key_file), _key(registration.encryption_key_file))


def _key(path: Path) -> RSAKey:
    try:
        key = RSAKey.import_key(path.read_bytes())
    except OSError:
        raise UnusableLoginKey("the file of a key for logins cannot be read") from None
    except (JoseError, ValueError, TypeError):
        raise UnusableLoginKey("the file of a key for logins is not an RSA PEM key") from None
    if key.private_key is None or key.private_key.key_size < MIN_BITS:
        raise UnusableLoginKey(f"a key for logins is not private or below {MIN_BITS} bits")
    key.ensure_kid()
    return key
