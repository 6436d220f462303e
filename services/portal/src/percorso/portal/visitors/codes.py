"""The code by which an agency's site knows a browser in which nobody has logged in; pure."""

import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from struct import Struct

# What somebody reads before they log in, they read on the same day; on the next one others may sit
# at a shared computer.
LIFE = timedelta(hours=8)
_BODY = Struct(">16sI")  # 128 random bits, and the second in which the code was given
_MAC_BYTES = 16
_TEXT = re.compile(r"[A-Za-z0-9_-]{48}")  # both without padding


class Codes:
    """Makes the codes for one agency's site, and knows them again without having kept any.

    A code is random, and says of nobody anything but when it was given. Nobody else can make one,
    and one that was made for another agency's site is none of these.
    """

    def __init__(self, key: bytes, agency: str) -> None:
        self._key = key
        self.agency = agency

    def new(self, now: datetime) -> str:
        """Return one that nobody has."""
        body = _BODY.pack(secrets.token_bytes(16), int(now.timestamp()))
        return urlsafe_b64encode(body + self._mac(body)).decode()

    def is_good(self, text: str, now: datetime) -> bool:
        """Say whether it is a code of ours that is not too old."""
        if not _TEXT.fullmatch(text):
            return False
        value = urlsafe_b64decode(text)
        body, mac = value[: _BODY.size], value[_BODY.size :]
        if not hmac.compare_digest(mac, self._mac(body)):
            return False
        _, given = _BODY.unpack(body)
        return now < datetime.fromtimestamp(given, UTC) + LIFE

    def _mac(self, body: bytes) -> bytes:
        return hmac.digest(self._key, self.agency.encode() + b"\0" + body, "sha256")[:_MAC_BYTES]
