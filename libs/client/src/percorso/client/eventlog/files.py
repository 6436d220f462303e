"""Files of event logs: opened by how their name ends, and read as a stream."""

import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from percorso.client.eventlog import csv_rows, xes_rows
from percorso.client.eventlog.mapping import Mapping
from percorso.client.eventlog.rows import BrokenRow, Row, UnusableLog

SUFFIXES = (".csv", ".csv.gz", ".xes", ".xes.gz")

# So that a progress bar moves evenly: gzip alone would take as much as 128 KiB at once.
_BLOCK = 16 * 1024


class _Metered(io.RawIOBase):
    """A file that knows how much of it was read."""

    def __init__(self, file: BinaryIO) -> None:
        self.count = 0
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self._file.read(min(len(buffer), _BLOCK))
        buffer[: len(block)] = block
        self.count += len(block)
        return len(block)


@dataclass(frozen=True, slots=True)
class EventLog:
    """An open log; it can be read once, from its beginning to its end."""

    name: str
    size: int
    _is_xes: bool
    _stream: BinaryIO
    _file: _Metered

    @property
    def count(self) -> int:
        """How many bytes of the file were read so far, `size` at its end."""
        return self._file.count

    def rows(self, mapping: Mapping) -> Iterator[Row | BrokenRow]:
        """Yield the log's rows in the order of the file; UnusableLog when it has none to give."""
        if self._is_xes:
            rows = xes_rows.read(self._stream)
        else:
            rows = csv_rows.read(
                self._stream,
                delimiter=mapping.csv.delimiter,
                encoding=mapping.csv.codec,
                needed=mapping.columns,
            )
        try:
            yield from rows
        except (EOFError, OSError, zlib.error):
            yield BrokenRow(None, None, "is damaged: the rest of it cannot be read")


@contextmanager
def open_log(path: Path) -> Iterator[EventLog]:
    """Open a log for reading; UnusableLog when its name does not say the format."""
    suffix = _suffix(path)
    with ExitStack() as open_files:
        file = _Metered(open_files.enter_context(path.open("rb")))
        stream: BinaryIO
        if suffix.endswith(".gz"):
            stream = cast("BinaryIO", open_files.enter_context(gzip.GzipFile(fileobj=file)))
        else:
            stream = open_files.enter_context(io.BufferedReader(file))
        is_xes = suffix.startswith(".xes")
        yield EventLog(str(path), path.stat().st_size, is_xes, stream, file)


def digest(path: Path) -> str:
    """Return a hash of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _suffix(path: Path) -> str:
    for suffix in SUFFIXES:
        if path.name.lower().endswith(suffix):
            return suffix
    raise UnusableLog(f"the name of a log ends in {', '.join(SUFFIXES)}")
