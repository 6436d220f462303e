"""The subject key: read once from its file, and of use only where it is the database's own."""

import asyncio
import hmac
import re
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from uuid import UUID

from percorso.chassis import logs
from percorso.events.errors import Unavailable
from percorso.events.pausing import pause
from percorso.identity.subjects import identifiers, pseudonyms

MIN_BYTES = 32  # as many as HMAC-SHA-256 gives (RFC 2104, section 3)
RECHECK_S = 5.0  # a database restored beneath us is noticed
RETRY_S = 1.0

NOT_COMPARED = "the subject key was not compared with the database yet"
ANOTHER = "the subject key is not the one this database was made with"

_BASE64URL = re.compile(rb"[A-Za-z0-9_-]+")  # the decoder itself skips what it does not know
_log = logs.get(__name__)


class UnusableKey(Exception):
    """The file of the subject key holds none; the text never holds any of it."""


def read(path: Path) -> bytes:
    """Return the key: the base64url text in the file, of 32 bytes or more."""
    try:
        text = path.read_bytes().strip().rstrip(b"=")
    except OSError:
        raise UnusableKey("the file of the subject key cannot be read") from None
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise UnusableKey("the file of the subject key is not base64url text")
    key = urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    if len(key) < MIN_BYTES:
        raise UnusableKey(f"the subject key is shorter than {MIN_BYTES} bytes")
    return key


class SubjectKey:
    """The key, withheld until the database has confirmed that it was made with it.

    With another key every citizen would be split in two, so nothing may be made of it.
    """

    def __init__(self, key: bytes, keep: Callable[[bytes], Awaitable[bytes]]) -> None:
        self._key = key
        self._keep = keep
        self._fault: str | None = NOT_COMPARED

    @property
    def value(self) -> bytes:
        """The key's bytes; Unavailable unless it is known to be the right one."""
        if self._fault is not None:
            raise Unavailable(self._fault)
        return self._key

    def subject(self, agency: str | None, scheme: str, value: str) -> UUID:
        """Return the subject that an identifier names, for an agency (None for nobody's own).

        InvalidIdentifier where it names nobody; Unavailable while the key is not confirmed.
        """
        normalised = identifiers.normalise(scheme, value, agency=agency)
        return pseudonyms.subject(self.value, scheme, normalised)

    async def check(self) -> str | None:
        """Return why the key cannot be used, None when it can."""
        return self._fault

    async def compare(self) -> None:
        """Compare with the database; a new database keeps this key's check value for ever."""
        mine = pseudonyms.check_value(self._key)
        is_mine = hmac.compare_digest(await self._keep(mine), mine)
        fault = None if is_mine else ANOTHER
        if fault is not None and fault != self._fault:
            _log.error(ANOTHER)
        self._fault = fault

    async def run(self, stop: asyncio.Event) -> None:
        """Compare until `stop` is set; a verdict stands while the database is away."""
        while not stop.is_set():
            with suppress(Unavailable):
                await self.compare()
            await pause(stop, RECHECK_S if self._fault is None else RETRY_S)
