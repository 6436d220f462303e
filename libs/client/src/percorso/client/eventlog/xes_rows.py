"""Rows of an XES file: one for each event, with the attributes of its case beside its own."""

from collections.abc import Iterator
from typing import Any, BinaryIO

from percorso.client.eventlog.markup import Markup
from percorso.client.eventlog.rows import BrokenRow, Row
from percorso.client.eventlog.xes_attributes import Attributes

# A case's attributes bear it, as in other tools: both it and its events have a `concept:name`.
CASE_PREFIX = "case:"
_BLOCK = 64 * 1024


def read(stream: BinaryIO) -> Iterator[Row | BrokenRow]:
    """Yield the events in the order of the file; UnusableLog when it is no XES, or has a DOCTYPE.

    Attributes of the log itself are left aside.
    """
    log = _Log()
    markup = Markup(log, ("log", "trace", "event"))
    while block := stream.read(_BLOCK):
        markup.feed(block)
        yield from log.take()
    markup.feed(b"", is_last=True)
    log.close_event()
    yield from log.take()


class _Log:
    """Makes rows of tags; it holds one case's attributes and one event's."""

    def __init__(self) -> None:
        self._found: list[Row | BrokenRow] = []
        self._number = 0
        self._line = 0  # of the event, or of the fault in it
        self._event: Attributes | None = None
        self._case: Attributes | None = None
        self._case_cells: dict[str, Any] | None = None

    def take(self) -> list[Row | BrokenRow]:
        """Return what was found since the last time."""
        found, self._found = self._found, []
        return found

    def start(self, tag: str, attributes: dict[str, str], line: int) -> None:
        """Open a case, an event, or an attribute of one."""
        if tag == "trace":
            self.close_event()
            self._case, self._case_cells = Attributes(), None
        elif tag == "event":
            self.close_event()
            self._number, self._line, self._event = self._number + 1, line, Attributes()
        elif self._event is not None:
            self._event.start(tag, attributes)
        elif self._case is not None and self._case_cells is None:
            self._case.start(tag, attributes)
        elif self._case is not None:
            self.lost("an attribute of the case stands after its first event, which lacks it", line)

    def end(self, tag: str) -> None:
        """Close it; an event makes a row."""
        if tag == "event" and self._event is not None:
            self._found.append(self._row(self._event))
            self._event = None
        elif tag == "trace":
            self.close_event()
            self._case, self._case_cells = None, None
        elif self._event is not None:
            self._event.end(tag)
        elif self._case is not None:
            self._case.end(tag)

    def lost(self, reason: str, line: int) -> None:
        """Break the event in which it is, else what is left of the case."""
        if self._event is None:
            self._found.append(BrokenRow(None, line, reason))
            self._doubt_case()
        elif self._event.fault is None:
            self._event.fault, self._line = reason, line

    def close_event(self) -> None:
        """Break an event that is still open; the end of its case may be missing as well."""
        if self._event is not None:
            self._doubt_case()
            self._event.fault = self._event.fault or "has no end"
            self._found.append(self._row(self._event))
            self._event = None

    def _doubt_case(self) -> None:
        if self._case is not None:
            self._case.fault = "its case is broken before it"

    def _row(self, event: Attributes) -> Row | BrokenRow:
        if self._case_cells is None:
            case = self._case.cells if self._case else {}
            self._case_cells = {f"{CASE_PREFIX}{key}": value for key, value in case.items()}
        fault = event.fault or (self._case.fault if self._case else None)
        if fault is None and self._case_cells.keys() & event.cells.keys():
            fault = "has an attribute of the name that one of its case has"
        if fault:
            return BrokenRow(self._number, self._line, fault)
        return Row(self._number, self._line, {**self._case_cells, **event.cells})
