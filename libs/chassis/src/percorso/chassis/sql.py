"""Splits a file of named statements, each beginning with `-- name --`."""

import re
from importlib.resources import files

_HEAD = re.compile(r"^-- (?P<name>[a-z][a-z0-9_]*) --$", re.MULTILINE)


def load(package: str, resource: str) -> dict[str, str]:
    """Return the statements of a package's file by name; ValueError for a name given twice."""
    return split(files(package).joinpath(resource).read_text(encoding="utf-8"))


def split(text: str) -> dict[str, str]:
    """Return the named statements of a text; what stands before the first name is ignored."""
    heads = list(_HEAD.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    statements = {
        head["name"]: text[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)
    }
    if len(statements) != len(heads):
        raise ValueError("two statements have the same name")
    if not all(statements.values()):
        raise ValueError("a name without a statement")
    return statements
