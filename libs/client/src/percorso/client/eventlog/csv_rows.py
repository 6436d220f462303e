"""Rows of a CSV file; one that is broken does not take its neighbours with it."""

import csv
import io
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from typing import BinaryIO, TextIO

from percorso.client.eventlog.rows import MAX_ROW, BrokenRow, Row, UnusableLog


class _Broken(Exception):
    """The row cannot be read; the message says why, without what stands in it."""


def read(
    stream: BinaryIO, *, delimiter: str, encoding: str, needed: Collection[str]
) -> Iterator[Row | BrokenRow]:
    """Yield the rows after the header, their cells known by its names; blank lines are no rows.

    UnusableLog when the header is not one, or lacks a column that is needed.
    """
    # What is not in the encoding comes through as unpaired surrogates, and breaks its row only.
    text = io.TextIOWrapper(stream, encoding, errors="surrogateescape", newline="")
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = _header(reader, needed)
    number = 0
    while lines.begin_row():
        try:
            cells = _cells(reader, len(header))
        except _Broken as error:
            number += 1
            yield BrokenRow(number, lines.first, str(error))
            lines.give_back()
        else:
            if cells:
                number += 1
                yield Row(number, lines.first, dict(zip(header, cells, strict=True)))


def _header(reader: Iterator[list[str]], needed: Collection[str]) -> Sequence[str]:
    try:
        header = _next(reader)
    except _Broken as error:
        raise UnusableLog(f"the header of the log {error}") from error
    if not header:
        raise UnusableLog("the log is empty, or its first line is")
    if len(set(header)) < len(header):
        raise UnusableLog("the header of the log names a column twice")
    if missing := sorted(set(needed) - set(header)):
        raise UnusableLog(f"the log has no column {', '.join(missing)}, which the mapping names")
    return header


def _cells(reader: Iterator[list[str]], count: int) -> Sequence[str]:
    cells = _next(reader)
    if cells and len(cells) != count:
        raise _Broken(f"has {len(cells)} cells where the header has {count}")
    return cells


def _next(reader: Iterator[list[str]]) -> Sequence[str]:
    try:
        cells = next(reader, [])
    except csv.Error as error:
        raise _Broken("is no CSV: a quote stands in the wrong place") from error
    if any(
        "\ud800" <= letter <= "\udfff" for cell in cells if not cell.isascii() for letter in cell
    ):
        raise _Broken("has bytes that are not of the log's encoding")
    return cells


class _Lines:
    """The lines of a file, as a CSV reader takes them.

    A quote that nobody closed makes one row of many lines. When a row is broken, all its lines but
    the first are given back, and read again as rows of their own.
    """

    def __init__(self, text: TextIO) -> None:
        self.first = 1
        self._text = text
        self._again: deque[str] = deque()
        self._row: list[str] = []
        self._size = 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self._row.append(line)
        self._size += len(line)
        if self._size >= MAX_ROW:
            raise _Broken(f"is longer than {MAX_ROW} characters")
        return line

    def begin_row(self) -> bool:
        """Leave the row before behind; False at the end of the file."""
        self.first += len(self._row)
        self._row, self._size = [], 0
        if not self._again and (line := self._read()):
            self._again.append(line)
        return bool(self._again)

    def give_back(self) -> None:
        """Keep the first line of this row only: the others are read again."""
        self._again.extendleft(reversed(self._row[1:]))
        del self._row[1:]

    def _read(self) -> str:
        """Read a line; of one that is too long its beginning, and nothing is left of the rest."""
        line = rest = self._text.readline(MAX_ROW)
        while len(rest) == MAX_ROW and not rest.endswith(("\n", "\r")):
            rest = self._text.readline(MAX_ROW)
        return line
