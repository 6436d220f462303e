"""`python -m percorso.local.containers FOLDER`: the keys and passwords of `FOLDER/compose.yaml`.

They are made once, in `FOLDER/secrets`: keys as files, addresses with passwords as files of
environment variables. Nobody but the owner may enter the folder; the keys in it are readable, since
the user in a container is another one.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from percorso.local import databases, keys, parts
from percorso.local.console import say, shown
from percorso.local.home import Home

KEYS = {".key", ".pem", ".secret", ".jwks"}
SERVER = "postgres:5432"  # as containers reach it


def prepare(folder: Path) -> Path:
    """Make what is missing, and give the folder of the secrets."""
    home = Home(folder)
    home.secrets.mkdir(mode=0o700, exist_ok=True)
    home.secrets.chmod(0o700)
    keys.make(home)
    for file in home.secrets.iterdir():
        if file.suffix in KEYS:
            file.chmod(0o444)
    _write_addresses(home)
    return home.secrets


def _write_addresses(home: Home) -> None:
    password = keys.password(home, "postgres")
    admin = f"postgresql://postgres:{password}@{SERVER}/postgres"
    _write(home, "postgres", {"POSTGRES_PASSWORD": password, "PERCORSO_POSTGRES": admin})
    for service in parts.SERVICES:
        name, role, secret, owner, owners_secret = parts.database(home, service)
        variable = f"PERCORSO_{service.upper()}_POSTGRES"
        _write(home, service, {variable: databases.with_role(admin, role, secret, name)})
        owners = databases.with_role(admin, owner, owners_secret, name)
        _write(home, f"{service}-owner", {f"{variable}_OWNER": owners})


def _write(home: Home, name: str, variables: Mapping[str, str]) -> None:
    text = "".join(f"{variable}={value}\n" for variable, value in variables.items())
    keys.write_private(home.secrets / f"{name}.env", text)


if __name__ == "__main__":
    say(f"The keys and passwords are in {shown(prepare(Path(sys.argv[1]).absolute()))}.")
