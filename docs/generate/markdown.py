"""Pieces of Markdown."""

from collections.abc import Iterable, Sequence

GENERATED = "<!-- Written by `make docs` from the code; change it there. -->"


def page(title: str, *parts: str) -> str:
    """Return a page of parts with a blank line between."""
    return "\n\n".join([GENERATED, f"# {title}", *parts]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; a bar in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines)


def code(text: object) -> str:
    """Return the text as code."""
    return f"`{text}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
