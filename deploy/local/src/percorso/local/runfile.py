"""Tells programs and people where the running stack is: run.json and the table of addresses."""

import json
import os

from percorso.local import keys
from percorso.local.console import shown
from percorso.local.home import Home
from percorso.local.parts import SERVICES, Plan

VERSION = 1


def write(run: Plan) -> None:
    """Write run.json as a whole, readable by its owner only."""
    keys.write_private(run.home.run_file, json.dumps(document(run), indent=1))


def remove(home: Home) -> None:
    """Remove run.json: nobody shall look for a stack that is not ready."""
    home.run_file.unlink(missing_ok=True)


def document(run: Plan) -> dict[str, object]:
    """Give the content of run.json; parts that do not exist are absent."""
    return {
        "version": VERSION,
        "pid": os.getpid(),
        "services": {service: run.url(service) for service in SERVICES},
        "provider": run.url("provider"),
        "mail": run.url("mail"),
        "traces": run.url("zipkin"),
        "kafka": run.bootstrap,
        "postgres": {service: run.application_url(service) for service in SERVICES},
    }


def table(run: Plan) -> str:
    """Give what is printed when the stack is ready."""
    home = shown(run.home.path)
    rows = {
        "portal": f"{run.url('portal')}/  (begin here)",
        **{service: f"{run.url(service)}/docs" for service in SERVICES if service != "portal"},
        "provider": f"{run.url('provider')}/  (nobody there is real)",
        "mail": f"{run.url('mail')}/  (nothing there is real)",
        "traces": f"{run.url('zipkin')}/zipkin/",
        "kafka": run.bootstrap,
        "postgres": f"see postgres in {home}/run.json",
        "logs": f"{home}/logs",
    }
    lines = [f"  {name:<13} {address}" for name, address in rows.items()]
    key = shown(run.home.secrets / keys.SUBJECT_KEY)
    warning = f"Back up {key}: losing it splits every citizen in two."
    return "\n".join(["", "Percorso is ready; Ctrl-C stops it.", "", *lines, "", warning, ""])
