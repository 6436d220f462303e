"""`python -m percorso.insights check-rules [FOLDER]`: whether a set of rules would go live."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from percorso.insights.rules.files import ITALY
from percorso.insights.rules.ruleset import Refused, Ruleset, load


def main(arguments: Sequence[str]) -> NoReturn:
    """Judge a folder and exit: 0 it would go live, 1 it would not, with every fault and its place."""
    parser = argparse.ArgumentParser(prog="python -m percorso.insights check-rules")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=ITALY, help="by default the set that is shipped"
    )
    judged = load(parser.parse_args(arguments).folder)
    if isinstance(judged, Refused):
        for fault in judged.faults:
            print(f"{fault.file}{fault.pointer and f'#{fault.pointer}'}: {fault.text}")
        sys.exit(1)
    print(_counted(judged))
    sys.exit(0)


def _counted(ruleset: Ruleset) -> str:
    tests = sum(len(rule.form.tests) for rule in ruleset.rules.values())
    return (
        f"version {ruleset.version}: {len(ruleset.services)} services, "
        f"{len(ruleset.rules)} rules, {tests} tests passed"
    )
