"""The ledger: what was sent, answered, seen and broken, line by line, never changed afterwards.

The oracle judges by the ledger alone. It holds canaries, so it lies outside the stack's home.
Instants are the wall clock's, in seconds.
"""

import time
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec


class Made(msgspec.Struct, frozen=True, tag_field="entry", tag="made"):
    """An event that the load made; `is_valid` says whether the door has to take it.

    Ids are unique over all sources. `subject` is `SCHEME:VALUE`.
    """

    id: str
    source: str
    subject: str
    type: str
    time: datetime
    sequence: int
    touchpoint: dict[str, Any]
    withdraws: str | None = None
    is_valid: bool = True


class Sent(msgspec.Struct, frozen=True, tag_field="entry", tag="sent"):
    """A request that leaves; `ids` are its events', in their order."""

    at: float
    request: int
    attempt: int
    ids: list[str]
    stores: bool  # False for ?validate=true


class Answered(msgspec.Struct, frozen=True, tag_field="entry", tag="answered"):
    """What came back; without a status nothing did. `refused` are indices into the ids."""

    at: float
    request: int
    attempt: int
    elapsed_s: float
    status: int | None
    retry_after: str | None = None
    accepted: int = 0
    refused: list[int] = []
    body: str = ""


class GivenUp(msgspec.Struct, frozen=True, tag_field="entry", tag="given up"):
    """A request whose outcome stays unknown; `on_purpose` unless the time to settle ran out."""

    at: float
    request: int
    on_purpose: bool


class Claimed(msgspec.Struct, frozen=True, tag_field="entry", tag="claimed"):
    """A request that says, or with `link_id` undoes, that two subjects are one citizen."""

    at: float
    request: int
    attempt: int
    agency: str
    reference: str
    subjects: tuple[str, str]
    link_id: str | None = None


class Decided(msgspec.Struct, frozen=True, tag_field="entry", tag="decided"):
    """What came back of it; without a status nothing did."""

    at: float
    request: int
    attempt: int
    elapsed_s: float
    status: int | None
    retry_after: str | None = None
    link_id: str | None = None
    body: str = ""


class Offended(msgspec.Struct, frozen=True, tag_field="entry", tag="offended"):
    """A malformed request and its answer."""

    at: float
    offence: str
    expected: list[int]
    elapsed_s: float
    status: int | None
    retry_after: str | None = None
    body: str = ""
    is_final: bool = False  # made when all was well again, so that no outage is an excuse


class Read(msgspec.Struct, frozen=True, tag_field="entry", tag="read"):
    """A timeline paged through to its end; freshness is what its first page said.

    `pages` says how many of the ids came at once.
    """

    at: float
    ended_at: float
    subject: str
    order: str
    limit: int
    freshness_ms: int | None
    ids: list[str]
    pages: list[int]
    repeated_pages: int


class NotRead(msgspec.Struct, frozen=True, tag_field="entry", tag="not read"):
    """A page that could not be had at once."""

    at: float
    status: int | None
    retry_after: str | None = None
    body: str = ""


class Watched(msgspec.Struct, frozen=True, tag_field="entry", tag="watched"):
    """What health and status said; None where they did not answer."""

    at: float
    identity_ready: bool | None
    journey_ready: bool | None
    lag: int | None = None
    freshness_ms: int | None = None
    touchpoints: int | None = None
    dead_letters: int | None = None


class Weighed(msgspec.Struct, frozen=True, tag_field="entry", tag="weighed"):
    """A service process' resident memory."""

    at: float
    part: str
    bytes: int


class Struck(msgspec.Struct, frozen=True, tag_field="entry", tag="struck"):
    """A fault: `signal` was sent to a part."""

    at: float
    part: str
    signal: str


class Planted(msgspec.Struct, frozen=True, tag_field="entry", tag="planted"):
    """A poison record written to the topic, past the door, unless Kafka stayed away."""

    at: float
    reason: str
    is_stored: bool


Entry = (
    Made | Sent | Answered | GivenUp | Claimed | Decided | Offended | Read | NotRead | Watched | Weighed
    | Struck | Planted
)  # fmt: skip

_DECODER = msgspec.json.Decoder(Entry)


def now() -> float:
    """Return the instant for a new entry."""
    return time.time()


class Ledger:
    """Appends entries to a file; each is in the file when `add` returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("xb", buffering=0)

    def add(self, entry: Entry) -> None:
        """Append one entry."""
        self._file.write(msgspec.json.encode(entry) + b"\n")

    def close(self) -> None:
        """Let the file go."""
        self._file.close()


def read(path: Path) -> list[Entry]:
    """Return every entry of a ledger."""
    return [_DECODER.decode(line) for line in path.read_bytes().splitlines()]
