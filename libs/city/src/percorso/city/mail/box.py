"""What has arrived: every mail, copies too, in memory and in a file that outlives the process."""

import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock

import msgspec

MOST = 10_000  # some 20 MB; the oldest go first


class Mail(msgspec.Struct, frozen=True):
    """One arrival for one recipient, as the envelope names it."""

    message_id: str
    to: str
    subject: str
    text: str
    received_at: datetime


_MAIL = msgspec.json.Decoder(Mail)


class Box:
    """The newest mails, safe to use from several threads."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self._path = path
        self._lock = Lock()
        self._most = most
        self._mails: deque[Mail] = deque(_kept(path), maxlen=most)
        self._is_torn = False
        self._rewrite()

    def add(self, mail: Mail) -> None:
        """Keep a mail; when this returns, the file has it, whatever becomes of the process.

        OSError, and it is not kept, where the disk is full.
        """
        with self._lock:
            self._append(msgspec.json.encode(mail) + b"\n")
            self._mails.append(mail)
            self._lines += 1
            if self._lines >= 2 * self._most:
                self._file.close()
                self._rewrite()

    def arrivals(self, to: str | None = None) -> list[Mail]:
        """Return what has arrived, for one address or for all, the newest last."""
        with self._lock:
            mails = list(self._mails)
        return [mail for mail in mails if to is None or mail.to.lower() == to.lower()]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, lines: bytes) -> None:
        """Write lines whole; after one of which only a part was taken, begin a new one."""
        left = memoryview(b"\n" + lines if self._is_torn else lines)
        self._is_torn = True
        while left:
            left = left[self._file.write(left) :]
        self._is_torn = False

    def _rewrite(self) -> None:
        """Write what is kept to a new file, and go on with it."""
        partial = self._path.with_name(f"{self._path.name}.partial")
        partial.unlink(missing_ok=True)
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb", buffering=0)
        self._append(b"".join(msgspec.json.encode(mail) + b"\n" for mail in self._mails))
        self._lines = len(self._mails)
        partial.rename(self._path)


def _kept(path: Path) -> Iterator[Mail]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            # What a full disk or a kill has torn is no mail, and the others still are.
            with suppress(msgspec.DecodeError):
                yield _MAIL.decode(line)
