"""What the commands print: JSON as it came, aligned text, and progress on a terminal."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unicodedata import category

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from percorso.client.identifiers import SubjectIdentifier, parse_identifier

# Wide enough for any row: output that is not a terminal is never cut or wrapped.
_WIDTH_OF_A_FILE = 10_000

# Control, format (such as right-to-left overrides), surrogate, line and paragraph separator.
_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})

Advance = Callable[[int, str], None]


def print_line(line: bytes) -> None:
    """Print one line of JSON, its bytes untouched."""
    typer.echo(line)


def printable(text: object) -> str:
    """Return text for people: a dash for nothing, no character that steers a terminal."""
    shown = "-" if text is None or text == "" else str(text)
    return "".join("\ufffd" if category(letter) in _STEERING else letter for letter in shown)


def print_table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns."""
    table = Table(*heading, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    Console(highlight=False, width=width).print(table)


@contextmanager
def progress(total: int | None) -> Iterator[Advance]:
    """Show a bar on stderr while the block runs, if that is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _step, _text: None
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        TextColumn("left"),
    )
    # Redirecting stdout would carry data to stderr when only stderr is a terminal.
    with Progress(
        *columns, console=Console(stderr=True), redirect_stdout=sys.stdout.isatty(), transient=True
    ) as bar:
        task = bar.add_task("", total=total)
        yield lambda step, text: bar.update(task, advance=step, description=text)


def identifiers(texts: Sequence[str]) -> list[SubjectIdentifier]:
    """Read identifiers that the user typed; a wrong form is wrong usage."""
    try:
        return [parse_identifier(text) for text in texts]
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
