"""Sets of rules for tests: the shipped one, and copies of it with one thing changed."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from percorso.insights.rules import ITALY, Refused, Ruleset, judge
from percorso.insights.rules.files import Files, read

Edit = Callable[[Any], Any]


@cache
def shipped_files() -> Files:
    """Return the files of the shipped set."""
    return read(ITALY)


@cache
def shipped() -> Ruleset:
    """Return the shipped set; it is good."""
    judged = judge(shipped_files())
    assert isinstance(judged, Ruleset), judged
    return judged


def edited(edits: Mapping[str, Edit]) -> dict[str, bytes]:
    """Return the shipped files, some of which an edit has changed, made (from None) or, by None, removed."""
    files = dict(shipped_files())
    for name, edit in edits.items():
        document = edit(json.loads(files[name]) if name in files else None)
        files.pop(name, None)
        if document is not None:
            files[name] = json.dumps(document).encode()
    return files


def refused(files: Files) -> Refused:
    """Judge files that are to be refused."""
    judged = judge(files)
    assert isinstance(judged, Refused)
    return judged
