"""Rows: the events of a log as they stand in it, and the places where one could not be read."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any

from msgspec import Raw

from percorso.client.errors import PercorsoError

# Of one row as text, or of one event's or case's attributes: the touchpoint that it becomes has
# room for 4 KiB of them.
MAX_ROW = 64 * 1024

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class UnusableLog(PercorsoError):
    """The log cannot be read at all; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One event of a log; `number` counts from 1 over whole and broken rows alike.

    Cells are JSON values: text, numbers as the file writes them, true and false, nested attributes.
    """

    number: int
    line: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A place that could not be read; without a number when it is no row. Values never appear."""

    number: int | None
    line: int | None
    reason: str


def number(text: str) -> Raw | None:
    """Return a number of JSON, digit for digit as it was written; None for anything else."""
    if _NUMBER.fullmatch(text) and isfinite(float(text)):
        return Raw(text.encode())
    return None


def text(cell: object) -> str | None:
    """Return a cell as text; None for what has none."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case Raw():
            return bytes(cell).decode()
        case {"value": value}:
            return text(value)
        case _:
            return None
