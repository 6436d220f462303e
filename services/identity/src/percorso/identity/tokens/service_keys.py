"""The public keys of our own services: a JWKS file in which a key's `kid` is the service's name."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey

_MEMBERS = frozenset({"kty", "crv", "x", "y", "kid"})  # never a private half left by mistake


class UnusableServiceKeys(Exception):
    """The file holds no such set; the text never holds any of it."""


def read(path: Path) -> Mapping[str, ECKey]:
    """Return each service's EC P-256 public key; a set without keys lets no service in."""
    try:
        entries = json.loads(path.read_bytes())["keys"]
        keys = [_key(entry) for entry in entries]
    except OSError:
        raise UnusableServiceKeys("the file of services' keys cannot be read") from None
    except (JoseError, ValueError, LookupError, TypeError, RecursionError):
        raise UnusableServiceKeys("the file of services' keys is not a set of P-256 keys") from None
    by_name = {str(key.kid): key for key in keys}
    if len(by_name) != len(keys):
        raise UnusableServiceKeys("the file of services' keys names a service twice")
    return by_name


def _key(entry: Mapping[str, Any]) -> ECKey:
    key = ECKey.import_key({name: entry[name] for name in _MEMBERS})
    if key.curve_name != "P-256" or not isinstance(key.kid, str) or not key.kid:
        raise ValueError("not a P-256 key with a service's name")
    return key
