"""Builders of small event logs, and of the mapping that fits them."""

import csv
import gzip
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from percorso.client.eventlog import BrokenRow, Row, convert, open_log, read_mapping
from percorso.client.eventlog.mapping import Mapping as LogMapping
from percorso.client.reading import BrokenEvent, RawEvent

MAPPING = """
log = "permits"
agency = "c_a182"
source = "urn:it:c_a182:permits"
matter = "case"
name = "activity"

[citizen]
scheme = "customer"
value = "c_a182:{case}"

[time]
column = "at"

[channel]
code = "01.1.1"
"""
XES_MAPPING = (
    MAPPING.replace('"case"', '"case:concept:name"')
    .replace("{case}", "{case:concept:name}")
    .replace('"activity"', '"concept:name"')
    .replace('"at"', '"time:timestamp"')
)
HEADER = ("case", "activity", "at")


def a_mapping(folder: Path, text: str = MAPPING) -> LogMapping:
    """Read a mapping from its text."""
    file = folder / "mapping.toml"
    file.write_text(text)
    return read_mapping(file)


def a_csv(rows: Sequence[Sequence[str]], header: Sequence[str] = HEADER, **how: Any) -> str:
    """Write a CSV file's text."""
    text = io.StringIO()
    csv.writer(text, **how).writerows([header, *rows])
    return text.getvalue()


def an_event(name: str = "received", at: str = "2026-05-04T10:00:00Z", more: str = "") -> str:
    """Write an XES event."""
    return (
        f'<event><string key="concept:name" value={quoteattr(name)}/>'
        f'<date key="time:timestamp" value={quoteattr(at)}/>{more}</event>'
    )


def a_trace(case: str, *events: str, more: str = "") -> str:
    """Write an XES case."""
    inner = "\n".join(events)
    return f'<trace><string key="concept:name" value={quoteattr(case)}/>{more}\n{inner}\n</trace>'


def an_xes(*traces: str) -> str:
    """Write an XES file's text; the first trace begins on line 3."""
    return "\n".join(
        ['<?xml version="1.0" encoding="UTF-8"?>', '<log xes.version="1.0">', *traces, "</log>\n"]
    )


def a_file(folder: Path, name: str, content: str | bytes) -> Path:
    """Write a file, compressed if its name says so."""
    raw = content.encode() if isinstance(content, str) else content
    path = folder / name
    path.write_bytes(gzip.compress(raw) if name.endswith(".gz") else raw)
    return path


def rows(path: Path, mapping: LogMapping) -> list[Row | BrokenRow]:
    """Read a log's rows."""
    with open_log(path) as log:
        return list(log.rows(mapping))


def converted(path: Path, mapping: LogMapping) -> list[RawEvent | BrokenEvent]:
    """Make events of a log."""
    return [convert(row, mapping, file=path.name) for row in rows(path, mapping)]


def event(row: Row, mapping: LogMapping) -> Mapping[str, Any]:
    """Make the event of one row, and decode it."""
    decoded: Mapping[str, Any] = json.loads(converted_raw(row, mapping))
    return decoded


def converted_raw(row: Row, mapping: LogMapping) -> bytes:
    """Make the event of one row."""
    made = convert(row, mapping, file="log.csv")
    assert isinstance(made, RawEvent), made
    return made.raw


def fault(row: Row, mapping: LogMapping) -> str:
    """Return why a row makes no event."""
    made = convert(row, mapping, file="log.csv")
    assert isinstance(made, BrokenEvent), made
    return made.reason
