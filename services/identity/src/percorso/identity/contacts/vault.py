"""The vault: seals and opens addresses, once the database has confirmed its master key."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from percorso.chassis import logs
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.identity.contacts import sealing

RECHECK_S = 5.0  # a database restored beneath us, or a new data key, is noticed
RETRY_S = 1.0

NOT_COMPARED = "the vault's master key was not compared with the database yet"
ANOTHER = "the vault's master key is not the one this database's data keys were wrapped with"

_HEX = re.compile(rb"[0-9a-fA-F]{64}")
_log = logs.get(__name__)


class UnusableMasterKey(Exception):
    """The file of the master key holds none; the text never holds any of it."""


class AnotherMasterKey(Exception):
    """A data key in the database was wrapped with a master key that we do not have."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """An address as the database has it, and which data key opens it."""

    key_id: UUID
    content: bytes


def read(path: Path) -> Sequence[bytes]:
    """Return the master keys of the file, each a line of 64 hexadecimal digits.

    The first wraps; the others only open what they once wrapped, so that keys can be changed.
    """
    try:
        lines = path.read_bytes().split()
    except OSError:
        raise UnusableMasterKey("the file of the vault's master key cannot be read") from None
    if not lines or not all(map(_HEX.fullmatch, lines)):
        raise UnusableMasterKey(
            "the file of the vault's master key is not of lines of 64 hexadecimal digits"
        )
    return [bytes.fromhex(line.decode()) for line in lines]


class Vault:
    """The data keys, withheld while the database does not confirm that they are its own."""

    def __init__(self, load: Callable[[], Awaitable[Mapping[UUID, bytes]]]) -> None:
        self._load = load
        self._keys: Mapping[UUID, bytes] = {}
        self._fault: str | None = NOT_COMPARED

    def seal(self, address: str, *, subject: UUID, kind: str) -> Sealed:
        """Return the address, sealed with the newest data key; Unavailable without keys."""
        keys = self._confirmed()
        key_id = max(keys)
        return Sealed(key_id, sealing.seal(keys[key_id], address, subject=subject, kind=kind))

    def unseal(self, sealed: Sealed, *, subject: UUID, kind: str) -> str:
        """Return the address; Unavailable without keys, Unopened if it is not this subject's."""
        data_key = self._confirmed().get(sealed.key_id)
        if data_key is None:
            raise Unavailable("another process has made this data key just now")
        return sealing.unseal(data_key, sealed.content, subject=subject, kind=kind)

    def _confirmed(self) -> Mapping[UUID, bytes]:
        if self._fault is not None:
            raise Unavailable(self._fault)
        return self._keys

    async def check(self) -> str | None:
        """Return why nothing can be sealed or opened, None when it can."""
        return self._fault

    async def compare(self) -> None:
        """Load the data keys with our master key; a new database gets its first one."""
        try:
            self._keys, fault = await self._load(), None
        except AnotherMasterKey:
            self._keys, fault = {}, ANOTHER
        if fault is not None and fault != self._fault:
            _log.error(ANOTHER)
        self._fault = fault

    async def run(self, stop: asyncio.Event) -> None:
        """Compare until `stop` is set; a verdict stands while the database is away."""
        while not stop.is_set():
            with suppress(Unavailable):
                await self.compare()
            await pause(stop, RECHECK_S if self._fault is None else RETRY_S)
