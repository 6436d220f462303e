"""Writes a letter as an e-mail; pure. The address stands in `To` and nowhere else."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import NamedTuple

from percorso.notifications.channels.letter import Letter

# What RFC 5321 calls a dot-string at a domain: no quotes, blanks, line ends or letters beyond ASCII.
_ATOM = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
ADDRESS = rf"{_ATOM}(\.{_ATOM})*@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*"
MAX_ADDRESS, MAX_LOCAL_PART = 254, 64  # RFC 5321, sections 4.5.3.1.1 and 4.5.3.1.3


class Writer(NamedTuple):
    """Who writes: a name, an address whose domain ends every Message-ID, and where consent is withdrawn."""

    name: str
    address: str
    consents_url: str

    @property
    def domain(self) -> str:
        """Return the domain of the address."""
        return self.address.partition("@")[2]


def is_address(text: str) -> bool:
    """Say whether a letter can be sent there."""
    is_short = len(text) <= MAX_ADDRESS and len(text.partition("@")[0]) <= MAX_LOCAL_PART
    return is_short and re.fullmatch(ADDRESS, text) is not None


def compose(letter: Letter, address: str, writer: Writer, now: datetime) -> bytes:
    """Return the e-mail; a letter has the same Message-ID and text each time."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(writer.name, addr_spec=writer.address)
    mail["To"] = Address(addr_spec=address)
    mail["Subject"] = letter.text.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{letter.message_id}@{writer.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no machine is to answer
    if letter.rests_on_consent:
        mail["List-Unsubscribe"] = f"<{writer.consents_url}>"  # RFC 2369
    mail.set_content(letter.text.body, cte="quoted-printable")  # 7 bits: any relay takes it
    mail["Content-Language"] = letter.language  # set_content would take it away
    return mail.as_bytes()
