"""From a row of a log to the CloudEvent of a touchpoint; the same row is always the same event."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from percorso.client.eventlog import rows
from percorso.client.eventlog.mapping import Channel, Time
from percorso.client.eventlog.mapping import Mapping as LogMapping
from percorso.client.eventlog.rows import BrokenRow, Row
from percorso.client.reading import BrokenEvent, RawEvent

TYPE = "eu.percorso.touchpoint.recorded.v1"
MAX_NAME = 256  # characters of an id, a matter and a name
MAX_DETAILS_BYTES = 4 * 1024

Cells = Mapping[str, Any]
_ENCODER = msgspec.json.Encoder()


class _Unmappable(Exception):
    """The row makes no touchpoint; the message says why, without what stands in it."""


def convert(row: Row | BrokenRow, mapping: LogMapping, *, file: str) -> RawEvent | BrokenEvent:
    """Make the event of a row: its id is the log's name, the matter and the number of the row."""
    if isinstance(row, BrokenRow):
        return _broken(row, file)
    try:
        event = _event(row, mapping)
    except _Unmappable as error:
        return _broken(BrokenRow(row.number, row.line, str(error)), file)
    raw = _ENCODER.encode(event)
    return RawEvent(raw, file, row.number - 1, row.line, event["id"], mapping.source)


def _broken(row: BrokenRow, file: str) -> BrokenEvent:
    return BrokenEvent(file, None if row.number is None else row.number - 1, row.line, row.reason)


def _event(row: Row, mapping: LogMapping) -> dict[str, Any]:
    cells = row.cells
    matter = _name(cells, mapping.matter)
    return {
        "specversion": "1.0",
        "id": _id(f"{mapping.log}:{matter}:{row.number}"),
        "source": mapping.source,
        "type": TYPE,
        "time": _time(cells, mapping.time),
        "sequence": _sequence(row, mapping.order.column),
        "datacontenttype": "application/json",
        "data": {
            "citizen": _citizen(cells, mapping),
            "touchpoint": {
                "channel": _channel(cells, mapping.channel),
                **({"service": mapping.service} if mapping.service else {}),
                "matter": matter,
                "name": _name(cells, mapping.name),
                "details": _details(cells, mapping),
            },
        },
    }


def _text(cells: Cells, column: str) -> str:
    text = rows.text(cells.get(column))
    if text is None:
        raise _Unmappable(f"has no {column}")
    return text


def _name(cells: Cells, column: str) -> str:
    text = _text(cells, column)
    if not text:
        raise _Unmappable(f"{column} is empty")
    if len(text) > MAX_NAME:
        raise _Unmappable(f"{column} is longer than {MAX_NAME} characters")
    return text


def _id(text: str) -> str:
    if len(text) > MAX_NAME:
        raise _Unmappable("its matter is too long to be part of an id")
    return text


def _citizen(cells: Cells, mapping: LogMapping) -> dict[str, str]:
    values = {column: _text(cells, column) for column in mapping.citizen.columns}
    if not all(values.values()):
        raise _Unmappable("says nothing of who the citizen is")
    return {"scheme": mapping.citizen.scheme, "value": mapping.citizen.filled(values)}


def _time(cells: Cells, time: Time) -> str:
    text = _text(cells, time.column)
    try:
        at = _read_time(text, time.format)
        at = at.replace(tzinfo=time.zone_info) if at.tzinfo is None else at
        if at.tzinfo is None:
            raise _Unmappable(f"{time.column} has no offset, and the mapping has no time.zone")
        return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except (ValueError, OverflowError) as error:
        form = "the form of time.format" if time.format else "ISO 8601"
        raise _Unmappable(f"{time.column} is no time in {form}") from error


def _read_time(text: str, form: str | None) -> datetime:
    if form is None:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is added by who asked


def _sequence(row: Row, column: str | None) -> str:
    if column is None:
        return str(row.number)
    text = _text(row.cells, column)
    if not text.isascii() or not text.isdigit():
        raise _Unmappable(f"{column} is no whole number, 0 or more")
    return text


def _channel(cells: Cells, channel: Channel) -> str:
    if channel.column is None:
        code = channel.code
    else:
        code = channel.codes.get(rows.text(cells.get(channel.column)) or "", channel.otherwise)
    if code is None:
        raise _Unmappable(f"{channel.column} has a text for which channel.codes has no code")
    return code


def _details(cells: Cells, mapping: LogMapping) -> msgspec.Raw:
    kept = {column: cell for column, cell in cells.items() if column not in mapping.without}
    for column in mapping.numbers:
        if isinstance(cell := kept.get(column), str):
            kept[column] = _number(cell, column)
    encoded = _ENCODER.encode(kept)
    if len(encoded) > MAX_DETAILS_BYTES:
        raise _Unmappable(
            f"its attributes take {len(encoded)} bytes as JSON, {MAX_DETAILS_BYTES} are the limit"
        )
    return msgspec.Raw(encoded)


def _number(cell: str, column: str) -> msgspec.Raw | None:
    if not cell:
        return None
    number = rows.number(cell)
    if number is None:
        raise _Unmappable(f"{column} is no number")
    return number
