"""Asks the synthetic city for its demo people, and says who they are."""

import json
from pathlib import Path

from percorso.local import parts
from percorso.local.home import Home
from percorso.local.tasks import RunCommand

SHOWN = ("cf", "email")  # the other schemes are in `percorso.city demo --json`


def asking(home: Home) -> RunCommand:
    """Give the command whose answer `text` reads."""
    answer = _answer(home)
    answer.unlink(missing_ok=True)
    return RunCommand(
        "demo people", parts.city_command("demo", "--json"), {}, log=answer, may_start=lambda: True
    )


def text(home: Home) -> str:
    """Give what is printed about them."""
    people = json.loads(_answer(home).read_text(encoding="utf-8").splitlines()[-1])
    lines = ["Demo people, invented; try `.venv/bin/percorso timeline cf:...`", ""]
    for person in people:
        known = [f"{each['scheme']}:{each['value']}" for each in person["identifiers"]]
        first = [each for each in known if each.startswith(SHOWN)]
        said = ["  ".join(first), person["why"], person["wishes"]]
        names = [person["name"], "", ""]
        lines += [f"  {name:<18} {line}" for name, line in zip(names, said, strict=True)]
    return "\n".join([*lines, ""])


def _answer(home: Home) -> Path:
    return home.log("demo")
