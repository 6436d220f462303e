"""Letters as e-mails: readable by any client, with headers that nobody can add to."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.channels.composition import Writer, compose, is_address
from percorso.notifications.channels.letter import Letter
from percorso.notifications.texts.rendering import Frame, Text, render
from tests.support.suggestions import a_suggestion, read

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
MESSAGE = UUID("0190b1c2-0000-7000-8000-000000000002")
WRITER = Writer("Percorso", "noreply@mail.example", "https://p.example/consents")
HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Language",
    "List-Unsubscribe", "Content-Type", "Content-Transfer-Encoding", "MIME-Version",
}  # fmt: skip


def _letter(subject: str = "Assegno unico", body: str = "Perché sì\n") -> Letter:
    return Letter(MESSAGE, Text(subject, body), "it", rests_on_consent=True)


def _read(mail: bytes) -> EmailMessage:
    return message_from_bytes(mail, policy=default)


def _text(mail: EmailMessage) -> str:
    content: str = mail.get_content()
    return content.replace("\r\n", "\n")


def test_a_letter_is_read_as_it_was_written() -> None:
    written = compose(_letter(), "ada@mail.example", WRITER, NOW)
    mail = _read(written)

    assert written.isascii()  # so that it needs no BODY=8BITMIME
    assert mail["To"] == "ada@mail.example"
    assert mail["From"] == "Percorso <noreply@mail.example>"
    assert mail["Subject"] == "Assegno unico"
    assert mail["Message-ID"] == f"<{MESSAGE}@mail.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "it"
    assert _text(mail) == "Perché sì\n"
    assert mail.get_content_type() == "text/plain"


def test_it_says_where_consent_is_withdrawn_only_if_it_rests_on_consent() -> None:
    duty = _letter()._replace(rests_on_consent=False)

    assert _read(compose(_letter(), "a@b.example", WRITER, NOW))["List-Unsubscribe"] == (
        "<https://p.example/consents>"
    )
    assert _read(compose(duty, "a@b.example", WRITER, NOW))["List-Unsubscribe"] is None


def test_sent_again_it_has_the_same_message_id_and_words() -> None:
    mails = [
        _read(compose(_letter(), "a@b.example", WRITER, NOW + timedelta(hours=hours)))
        for hours in (0, 5)
    ]

    assert mails[0]["Message-ID"] == mails[1]["Message-ID"]
    assert mails[0].get_content() == mails[1].get_content()


@given(st.text(min_size=1, max_size=200), st.lists(st.text(min_size=1, max_size=99), min_size=1))
def test_whatever_a_suggestion_says_no_header_and_no_part_is_added(
    title: str, reasons: list[str]
) -> None:
    made = read(
        a_suggestion(
            title={"it": title, "en": title}, reasons={"it": reasons[:20], "en": reasons[:20]}
        )
    )
    text = render(made, "it", "ABCD", Frame("Percorso", "https://a.example", "https://b.example"))
    letter = Letter(MESSAGE, text, "it", rests_on_consent=True)

    mail = _read(compose(letter, "ada@mail.example", WRITER, NOW))

    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert not mail.is_multipart()
    assert mail["To"] == "ada@mail.example"
    assert _text(mail) == text.body


@pytest.mark.parametrize(
    "text",
    [
        "ada@mail.example\r\nBcc: eve@mail.example",
        "ada@mail.example\n",
        "ada@mail.example, eve@mail.example",
        "ada@mail.example> SIZE=1",
        "Ada <ada@mail.example>",
        '"ada\r\n"@mail.example',
        "ada @mail.example",
        "àda@mail.example",
        ".ada@mail.example",
        "ada.@mail.example",
        "ada@",
        "@mail.example",
        "ada",
        "",
        "a" * 65 + "@mail.example",
    ],
)
def test_what_is_no_plain_address_is_none(text: str) -> None:
    assert not is_address(text)


@pytest.mark.parametrize(
    "text", ["ada@mail.example", "a.b+c_d'e@x-1.mail.example", "root@localhost"]
)
def test_plain_addresses_are_addresses(text: str) -> None:
    assert is_address(text)
    assert _read(compose(_letter(), text, WRITER, NOW))["To"] == text
