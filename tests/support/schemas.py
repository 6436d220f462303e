"""`python -m tests.support.schemas`: renew the picture of each service's migrated schema."""

import re
import subprocess
from pathlib import Path

from percorso.local import postgres
from tests.support import backing, databases
from tests.support.repository import ROOT, SERVICES

HEAD = "-- The migrated schema, without the partitions of touchpoints; `make schema` renews it.\n"
# Made by alembic, and by a function at run time.
_LEFT_OUT = ("alembic_version", "touchpoints_*")
_NOISE = re.compile(
    r"^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|.* SCHEMA public( IS .*)?;)\n",
    re.MULTILINE,
)


def path(service: str) -> Path:
    """Return where a service keeps its picture."""
    return ROOT / "services" / service / "schema.sql"


def picture(url: str) -> str:
    """Return what pg_dump says of a database, without what changes from run to run."""
    command = [postgres.binary("pg_dump"), "--schema-only", "--no-owner", "--schema=public", url]
    command += [f"--exclude-table={name}" for name in _LEFT_OUT]
    dump = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return HEAD + "\n" + re.sub(r"\n{3,}", "\n\n", _NOISE.sub("", dump)).strip() + "\n"


def _renew() -> None:
    with backing.postgres() as admin_url:
        for service in SERVICES:
            database = databases.copy(admin_url, service, databases.template(admin_url, service))
            path(service).write_text(picture(database.admin), encoding="utf-8")


if __name__ == "__main__":
    _renew()
