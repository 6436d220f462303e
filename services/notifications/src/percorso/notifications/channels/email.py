"""The channel e-mail: one conversation with the mail server for each letter, within a deadline."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPResponseException
from pydantic import SecretStr

from percorso.chassis import logs
from percorso.chassis.clock import Clock
from percorso.notifications.channels.composition import Writer, compose, is_address
from percorso.notifications.channels.letter import Letter
from percorso.notifications.delivery.outcomes import Outcome

_log = logs.get(__name__)

Security = Literal["none", "starttls", "tls"]


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in, and how; `deadline` is for a whole conversation."""

    host: str
    port: int
    security: Security = "none"
    user: str | None = None
    password: SecretStr | None = None
    deadline: timedelta = timedelta(seconds=20)


class Email:
    """Hands letters to one mail server over SMTP."""

    via = "email"
    span = "send mail"
    rings = True

    def __init__(self, server: MailServer, writer: Writer, clock: Clock) -> None:
        self._server = server
        self._writer = writer
        self._clock = clock

    async def hand_over(self, letter: Letter, address: str | None) -> Outcome:
        """Hand the letter in, once; what the server answers is said by its number alone.

        No error leaves: aiosmtplib's quote the address.
        """
        if address is None:
            return Outcome.NO_ADDRESS
        if not is_address(address):
            return Outcome.REFUSED
        mail = compose(letter, address, self._writer, self._clock.now())
        conversation = _Conversation(_client(self._server, self._writer.domain))
        try:
            async with asyncio.timeout(self._server.deadline.total_seconds()):
                await conversation.hold(self._writer.address, address, mail)
        except SMTPResponseException as answer:
            return conversation.refused(answer.code)
        except (SMTPException, OSError, ValueError) as error:
            return conversation.broken(type(error).__name__)
        finally:
            conversation.client.close()
        return Outcome.TAKEN


def _client(server: MailServer, domain: str) -> SMTP:
    return SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=domain,  # else it asks the resolver, and waits
        use_tls=server.security == "tls",
        start_tls=server.security == "starttls",
        username=server.user,
        password=server.password.get_secret_value() if server.password else None,
        timeout=server.deadline.total_seconds(),
    )


class _Conversation:
    """How far one conversation has come, which says what its end means."""

    def __init__(self, client: SMTP) -> None:
        self.client = client
        self._reached = "connect"

    async def hold(self, sender: str, address: str, mail: bytes) -> None:
        """Hand the mail in; whatever is raised, `refused` and `broken` know what it means."""
        await self.client.connect()
        self._reached = "mail"
        await self.client.mail(sender)
        self._reached = "rcpt"
        await self.client.rcpt(address)
        self._reached = "data"
        await self.client.data(mail)
        self._reached = "quit"  # whatever comes now, the mail server has the letter
        await self.client.quit()

    def refused(self, code: int) -> Outcome:
        """Return what a number means: before the address was said, it is not about this letter."""
        _log.warning("the mail server refuses", at=self._reached, code=code)
        if self._reached in {"rcpt", "data"} and 400 <= code < 600:
            return Outcome.REFUSED if code >= 500 else Outcome.DEFERRED
        return self._ended()  # also where it is no number of SMTP's, or makes no sense here

    def broken(self, kind: str) -> Outcome:
        """Return what a lost connection or a silence means."""
        _log.warning("the mail server is away", at=self._reached, error=kind)
        return self._ended()

    def _ended(self) -> Outcome:
        if self._reached == "quit":
            return Outcome.TAKEN
        return Outcome.UNSURE if self._reached == "data" else Outcome.AWAY
