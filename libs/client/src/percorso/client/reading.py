"""Files of CloudEvents, JSON, JSON array or NDJSON, as raw events whose bytes stay what they were."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import msgspec
from msgspec import Raw

# The door takes events up to 64 KiB; what is far beyond is named here and never sent.
MAX_LINE = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event as it stood in its file; `line` counts from 1 and is None outside of NDJSON."""

    raw: bytes
    file: str
    index: int
    line: int | None
    id: str | None
    source: str | None

    @property
    def place(self) -> str:
        """Where the event stands, for people."""
        return f"{self.file}:{self.line}" if self.line else f"{self.file}[{self.index}]"


@dataclass(frozen=True, slots=True)
class BrokenEvent:
    """A line, element or row that is no event; its content is never repeated."""

    file: str
    index: int | None
    line: int | None
    reason: str

    @property
    def place(self) -> str:
        """Where the fault stands, for people."""
        if self.line:
            return f"{self.file}:{self.line}"
        return self.file if self.index is None else f"{self.file}[{self.index}]"


class _Names(msgspec.Struct):
    id: Raw = Raw()
    source: Raw = Raw()


_NAMES = msgspec.json.Decoder(_Names)
_TEXT = msgspec.json.Decoder(str)
_ELEMENTS = msgspec.json.Decoder(list[Raw])


def read_events(stream: BinaryIO, file: str) -> Iterator[RawEvent | BrokenEvent]:
    """Yield the events of a file of any of the three formats, told apart by how it begins.

    NDJSON is streamed: at most a few times MAX_LINE of it is held. An array is read whole.
    """
    head = _opening(stream)
    first = head[-1].strip()
    if first.startswith(b"["):
        yield from _array(b"".join(head) + stream.read(), file)
    elif not first or _is_json(first):
        yield from _lines(head, stream, file)
    else:
        yield from _object_or_lines(head, stream, file)


def _opening(stream: BinaryIO) -> list[bytes]:
    """Read up to the first line with something in it."""
    head = [stream.readline(MAX_LINE).removeprefix(_BOM)]
    while head[-1] and not head[-1].strip():
        head.append(stream.readline(MAX_LINE))
    return head


def _object_or_lines(
    head: list[bytes], stream: BinaryIO, file: str
) -> Iterator[RawEvent | BrokenEvent]:
    """Tell an object over several lines from lines of which the first is broken."""
    size = 0
    while size < MAX_LINE and (line := stream.readline(MAX_LINE)):
        head.append(line)
        size += len(line)
    document = b"".join(head).strip()
    if size < MAX_LINE and document.startswith(b"{") and _is_json(document):
        yield _event(document, file, index=0, line=None)
    else:
        yield from _lines(head, stream, file)


def _array(document: bytes, file: str) -> Iterator[RawEvent | BrokenEvent]:
    elements = _elements(document)
    if elements is None:
        yield BrokenEvent(file, None, None, "not a JSON array from its beginning to its end")
        return
    for index, element in enumerate(elements):
        yield _event(bytes(element), file, index=index, line=None)


def _elements(document: bytes) -> list[Raw] | None:
    try:
        return _ELEMENTS.decode(document)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _lines(head: Iterable[bytes], stream: BinaryIO, file: str) -> Iterator[RawEvent | BrokenEvent]:
    index = 0
    for number, line in enumerate(_whole_lines(head, stream), start=1):
        if line is None:
            yield BrokenEvent(file, index, number, f"longer than {MAX_LINE} bytes")
        elif text := line.strip():
            yield _event(text, file, index=index, line=number)
        else:
            continue
        index += 1


def _whole_lines(head: Iterable[bytes], stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield whole lines, None for one that is too long; a piece of `head` may be cut anywhere."""
    part = b""
    too_long = False
    for piece in _pieces(head, stream):
        part += b"" if too_long else piece
        too_long = too_long or len(part) > MAX_LINE
        if piece.endswith(b"\n"):
            yield None if too_long else part
            part, too_long = b"", False
    if part or too_long:
        yield None if too_long else part


def _pieces(head: Iterable[bytes], stream: BinaryIO) -> Iterator[bytes]:
    yield from head
    while piece := stream.readline(MAX_LINE):
        yield piece


def _event(raw: bytes, file: str, *, index: int, line: int | None) -> RawEvent | BrokenEvent:
    try:
        raw.decode("utf-8")
        names = _NAMES.decode(raw)
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        return BrokenEvent(file, index, line, "not a JSON object in UTF-8")
    return RawEvent(raw, file, index, line, _text(names.id), _text(names.source))


def _text(value: Raw) -> str | None:
    try:
        return _TEXT.decode(value)
    except msgspec.MsgspecError:
        return None


def _is_json(document: bytes) -> bool:
    try:
        msgspec.json.decode(document, type=Raw)
    except (msgspec.MsgspecError, RecursionError):
        return False
    return True
