"""A mail server in the test's own loop, which can be told to refuse, to be slow and to hang up."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

# What happens when the client has come so far: an answer to give, or None for the usual one.
Fault = Callable[[], Awaitable[str | None]]
STEPS = ("EHLO", "MAIL", "RCPT", "354", "STORED")


@dataclass
class MailServer:
    """What arrived, as bytes too, and what goes wrong at which step of a conversation."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    faults: dict[str, Fault] = field(default_factory=dict)
    conversations: int = 0
    transport: asyncio.BaseTransport | None = None

    def answer(self, step: str, text: str) -> None:
        """Give this answer at a step from now on."""

        async def fault() -> str:
            return text

        self.faults[step] = fault

    def hang_up(self, step: str) -> None:
        """Cut the connection at a step from now on."""

        async def fault() -> str | None:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
            return None

        self.faults[step] = fault

    def hesitate(self, step: str, seconds: float) -> None:
        """Wait at a step from now on."""

        async def fault() -> str | None:
            await asyncio.sleep(seconds)
            return None

        self.faults[step] = fault

    def message_ids(self) -> list[str]:
        """Return the Message-ID of each mail, in the order of arrival."""
        return [str(mail["Message-ID"]) for mail in self.mails]


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def _met(self, step: str, smtp: SMTP) -> str | None:
        self._server.transport = smtp.transport
        fault = self._server.faults.get(step)
        return await fault() if fault else None

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's form
        self,
        smtp: SMTP,
        session: Session,
        _: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        self._server.conversations += 1
        session.host_name = hostname
        answer = await self._met("EHLO", smtp)
        return [answer] if answer else responses

    async def handle_MAIL(  # noqa: N802
        self, smtp: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        answer = await self._met("MAIL", smtp)
        envelope.mail_from = address
        return answer or "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, smtp: SMTP, _: Session, envelope: Envelope, address: str, __: list[str]
    ) -> str:
        answer = await self._met("RCPT", smtp)
        envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_QUIT(self, smtp: SMTP, _: Session, __: Envelope) -> str:  # noqa: N802
        return await self._met("QUIT", smtp) or "221 Bye"

    async def handle_DATA(self, smtp: SMTP, _: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        answer = await self._met("354", smtp)
        if answer or smtp.transport is None or smtp.transport.is_closing():
            return answer or "421 gone"
        self._server.contents.append(envelope.content)
        mail = message_from_bytes(envelope.content, policy=default)
        self._server.mails.append(mail)
        self._server.recipients += envelope.rcpt_tos
        answer = await self._met("STORED", smtp) or "250 OK"
        if answer[0] in "45":  # a server that refuses a mail does not keep it
            self._server.mails.remove(mail)
        return answer


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    """Serve on a free port of the loopback address."""
    loop = asyncio.get_running_loop()
    running = MailServer()
    server = await loop.create_server(
        lambda: SMTP(_Handler(running), hostname="mail.example", loop=loop), "127.0.0.1", 0
    )
    running.port = server.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        server.close()
        await server.wait_closed()
