"""Each service's application, built with nothing of what it needs to serve."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import SecretStr

from percorso.chassis.runtime import Parts
from percorso.chassis.settings import HttpSettings
from percorso.local import keys
from percorso.local.home import Home

SERVICES = sorted(
    path.parent.name for path in Path(__file__).parents[2].glob("services/*/pyproject.toml")
)
_NOWHERE = "127.0.0.1:1"
_ISSUER = {
    "issuer": f"http://{_NOWHERE}",
    "jwks_uri": f"http://{_NOWHERE}/jwks.json",
    "callers": ["agency"],
}


@asynccontextmanager
async def opened(service: str) -> AsyncIterator[Parts]:
    """Yield a service's parts, all routes among them; nothing is asked of what is not there."""
    build = import_module(f"percorso.{service}.service").build
    with TemporaryDirectory() as folder:
        async with build(_settings(service, Home(Path(folder))), only=None) as parts:
            yield parts


def _settings(service: str, home: Home) -> HttpSettings:
    home.secrets.mkdir()
    keys.make(home)
    given: dict[str, Any] = {
        "kafka": _NOWHERE,
        "issuers": json.dumps([_ISSUER]),
        "postgres": SecretStr(f"postgresql://nobody@{_NOWHERE}/nothing"),
        "issuer": _ISSUER["issuer"],
        "subject_key_file": home.secrets / keys.SUBJECT_KEY,
        "issuer_key_file": home.secrets / keys.ISSUER_KEY,
        "local_secret_file": home.secrets / keys.LOCAL_SECRET,
        "cursor_key_file": home.secrets / keys.CURSOR_KEY,
        "vault_key_file": home.secrets / keys.VAULT_KEY,
        "service_keys_file": home.secrets / keys.SERVICE_KEYS,
        "login_providers": json.dumps([_provider(home)]),
        "portal_callback": _ISSUER["issuer"],
        "service_key_file": keys.service_key(home, keys.CALLING[0]),
        **{f"{name}_url": _ISSUER["issuer"] for name in ("public", *SERVICES)},
        "key_file": home.secrets / keys.MESSAGES_KEY,
        "mail_from": "nobody@mail.example",
        "codes_url": _ISSUER["issuer"],
        "consents_url": _ISSUER["issuer"],
    }
    kind: type[HttpSettings] = import_module(f"percorso.{service}.settings").Settings
    return kind(**{name: value for name, value in given.items() if name in kind.model_fields})


def _provider(home: Home) -> dict[str, str]:
    return {
        "issuer": f"http://{_NOWHERE}",
        "client_id": f"http://{_NOWHERE}",
        "signing_key_file": str(home.secrets / keys.LOGIN_SIGNING_KEY),
        "encryption_key_file": str(home.secrets / keys.LOGIN_ENCRYPTION_KEY),
    }
