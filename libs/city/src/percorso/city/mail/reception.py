"""Takes mail over SMTP and puts it into the box before it says that it has it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from percorso.city.mail.box import Box, Mail

MAX_BYTES = 262_144  # of one mail; ours have some 5,000


@contextmanager
def listening(box: Box, host: str, port: int) -> Iterator[None]:
    """Listen, in a thread of its own, until the block ends."""
    controller = Controller(
        _Handler(box), host, port, data_size_limit=MAX_BYTES, enable_SMTPUTF8=True
    )
    controller.start()
    try:
        yield
    finally:
        controller.stop()


class _Handler:
    def __init__(self, box: Box) -> None:
        self._box = box

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,  # noqa: ARG002
        envelope: Envelope,
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)  # noqa: S101 - decode_data is off
        for recipient in envelope.rcpt_tos:
            self._box.add(read(content, recipient, datetime.now(UTC)))
        return "250 OK"


def read(content: bytes, recipient: str, at: datetime) -> Mail:
    """Read one mail; a header that is not there is empty, and so is the text of another kind."""
    message = message_from_bytes(content, policy=policy.default)
    return Mail(
        message_id=str(message["Message-ID"] or ""),
        to=recipient,
        subject=str(message["Subject"] or ""),
        text=_text(message),
        received_at=at,
    )


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    if body is None:
        return ""
    payload = body.get_payload(decode=True)
    assert isinstance(payload, bytes)  # noqa: S101 - for the type checker
    return payload.decode(body.get_content_charset("utf-8"), errors="replace")
