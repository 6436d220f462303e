"""Resuming: how far an import came, kept in a small file while it is not finished."""

import hashlib
import os
from collections import deque
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from percorso.client.errors import PercorsoError
from percorso.client.sending import Settled

Count = Field(default=0, ge=0)
_ANEW = "give --restart to import from the first row on"


class OtherImport(PercorsoError):
    """The file with the position is of another import; the message says of which part."""


class NotKept(PercorsoError):
    """The position cannot be written."""


class Position(BaseModel):
    """What was imported where, and how many rows of it are settled: accepted, rejected or broken.

    Ids are stable, so a position that lags behind costs time and nothing else.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)

    version: Literal[1] = 1
    system: str
    log: str
    mapping: str
    rows: int = Count
    accepted: int = Count
    rejected: int = Count
    broken: int = Count


def default_file(log: Path, system: str) -> Path:
    """Return where the position of this log's import into this system is kept."""
    folder = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    key = hashlib.sha256(f"{system}\0{log.resolve()}".encode()).hexdigest()[:32]
    return folder / "percorso" / f"import-{key}.json"


def load(file: Path, *, begin: Position) -> Position:
    """Return the position of the import that `begin` begins; OtherImport when it is of another."""
    try:
        kept = Position.model_validate_json(file.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return begin
    except OSError as error:
        raise OtherImport(f"cannot read {file}: {error.strerror}") from error
    except ValidationError as error:
        raise OtherImport(f"{file} holds no position of an import; {_ANEW}") from error
    if kept.rows == 0:
        return begin
    for part, what in (("log", "the log"), ("mapping", "the mapping"), ("system", "the system")):
        if getattr(kept, part) != getattr(begin, part):
            raise OtherImport(
                f"{what} is not the one with which {kept.rows} rows were settled; {_ANEW}"
            )
    return kept


def save(file: Path, position: Position) -> None:
    """Keep the position; whoever reads it meanwhile sees the one before, or this one."""
    unfinished = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(position.model_dump_json())
        unfinished.replace(file)
    except OSError as error:
        raise NotKept(
            f"cannot write {file}, which keeps how far the import came: {error.strerror}; "
            "give another with --state"
        ) from error


def forget(file: Path) -> None:
    """Remove what was kept."""
    file.unlink(missing_ok=True)


class Settling:
    """Tells up to which row everything is settled, while batches are under way."""

    def __init__(self, begin: Position) -> None:
        self._begin = begin
        self._rows = begin.rows
        self._broken = begin.broken
        self._accepted = begin.accepted
        self._rejected = begin.rejected
        self._is_certain = True
        # Of each event under way: the last row before the next one, and how many broken it counts.
        self._waiting: deque[tuple[int, int]] = deque()

    @property
    def position(self) -> Position:
        """How far the import came."""
        return self._begin.model_copy(
            update={
                "rows": self._rows,
                "accepted": self._accepted,
                "rejected": self._rejected,
                "broken": self._broken,
            }
        )

    def add(self, row: int) -> None:
        """Take a row that will be sent, in the order of the log."""
        self._waiting.append((row, 0))

    def add_broken(self, row: int) -> None:
        """Take a broken row: it is settled when what was sent before it is."""
        if self._waiting:
            self._waiting[-1] = (row, self._waiting[-1][1] + 1)
        elif self._is_certain:
            self._rows, self._broken = row, self._broken + 1

    def settle(self, settled: Settled) -> None:
        """Take what became of the events sent first; what is unknown ends the certainty."""
        self._is_certain = self._is_certain and not settled.unknown
        if not self._is_certain:
            return
        self._accepted += settled.accepted
        self._rejected += len(settled.rejected)
        for _ in range(settled.accepted + len(settled.rejected)):
            self._rows, broken = self._waiting.popleft()
            self._broken += broken
