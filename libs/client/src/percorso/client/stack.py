"""Where the local system is: its home folder, run.json and the secret that asks for tokens."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from percorso.client.errors import NoStack

_START_IT = "start `make run`, set PERCORSO_HOME, or give --url and PERCORSO_TOKEN"


class RunningStack(BaseModel):
    """What run.json says of a running system; a part that does not exist yet is absent."""

    model_config = ConfigDict(frozen=True)

    version: Literal[1]
    pid: int
    services: Mapping[str, str]
    provider: str | None = None
    mail: str | None = None
    traces: str | None = None
    kafka: str | None = None


def find_home(environ: Mapping[str, str] = os.environ, start: Path | None = None) -> Path:
    """Find the home of a running system: PERCORSO_HOME, else .percorso here or in a parent."""
    if named := environ.get("PERCORSO_HOME"):
        return _running(Path(named).expanduser())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / ".percorso" / "run.json").is_file():
            return folder / ".percorso"
    raise NoStack(f"no running Percorso found from {here} upwards: {_START_IT}")


def read_stack(home: Path) -> RunningStack:
    """Read run.json of this home; NoStack when it cannot be understood."""
    path = home / "run.json"
    try:
        return RunningStack.model_validate_json(path.read_bytes())
    except OSError as error:
        raise NoStack(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise NoStack(
            f"{path} is not of version 1; is this client as old as the system?"
        ) from error


def read_local_secret(home: Path) -> str:
    """Read the secret with which identity issues local tokens."""
    path = home / "secrets" / "local.secret"
    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise NoStack(f"cannot read {path}, which asks for local tokens: {_START_IT}") from error


def _running(home: Path) -> Path:
    if not (home / "run.json").is_file():
        raise NoStack(f"no Percorso runs in {home}: {_START_IT}")
    return home
