"""A marked address and marked words, through every end that an attempt can have: where they may be seen."""

import logging
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from prometheus_client import generate_latest

from percorso.chassis.testing import recorded_spans
from percorso.notifications.verification import codes
from tests.integration.notifications.mail import STEPS
from tests.integration.notifications.office import KEY, Office, message, suggested
from tests.support.events import a_subject

ADDRESS = "qzx.address@mail.example"
WORDS = ["Qzxtitle", "Qzxreason"]
# Said by the mail server, which quotes addresses as real ones do.
SAID = f"<{ADDRESS}> qzxsaid"


def _marked() -> dict[str, Any]:
    title, reason = WORDS
    return {"title": {"it": title, "en": title}, "reasons": {"it": [reason], "en": [reason]}}


async def test_the_address_is_seen_by_the_mail_server_alone_and_words_by_nobody_else(
    desk: Office, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    with recorded_spans() as exporter:
        sent = await _every_end(desk)
        spans = [_described(span) for span in exporter.get_finished_spans()]
    printed = "".join(capfd.readouterr())
    # aiosmtpd is the mail server; httpx speaks here with the test's own vault.
    ours = [
        each for each in caplog.records if not each.name.startswith(("mail", "httpx", "asyncio"))
    ]
    lines = [f"{each.getMessage()} {each.exc_info}" for each in ours]
    seen = [*lines, *spans, printed, generate_latest().decode()]

    secrets = [
        ADDRESS,
        "qzx.address",
        "qzxsaid",
        *WORDS,
        *(codes.code(KEY, message(n)) for n in sent),
    ]
    assert lines or printed
    assert [
        (secret, text) for text in seen for secret in secrets if secret.lower() in text.lower()
    ] == []
    for table in ("messages", "attempts", "outbox", "dead_letters"):
        rows = await desk.rows(f"SELECT t::text AS text FROM {table} AS t")  # noqa: S608 - ours
        assert not any("qzx.address" in row["text"] for row in rows)
    said = await desk.rows("SELECT convert_from(value, 'utf8') AS value, key, headers FROM outbox")
    assert len(said) == len(sent)
    assert not any(word in str(dict(row)) for row in said for word in WORDS)
    assert any(ADDRESS in str(mail["To"]) for mail in desk.mail.mails)


async def _every_end(desk: Office) -> list[int]:
    """Bring messages to every end; return their numbers."""
    desk.most_failures = 1
    numbers: list[int] = []
    faults: list[Any] = [None, "hang up", *(f"{code} {SAID}" for code in (451, 550))]
    for fault in faults:
        for step in STEPS:
            numbers.append(len(numbers) + 1)
            subject = a_subject(500 + len(numbers))
            desk.identity.addresses[subject] = ADDRESS
            if fault == "hang up":
                desk.mail.hang_up(step)
            elif fault:
                desk.mail.answer(step, fault)
            await desk.apply(suggested(numbers[-1], subject, **_marked()))
            assert len(await desk.send()) == 1
            desk.mail.faults.clear()
    numbers.append(len(numbers) + 1)
    bad = a_subject(600)
    desk.identity.addresses[bad] = f"{ADDRESS}\r\nBcc: {ADDRESS}"
    await desk.apply(suggested(numbers[-1], bad, **_marked()))
    await desk.send()
    return numbers


def _described(span: ReadableSpan) -> str:
    events = [(event.name, dict(event.attributes or {})) for event in span.events]
    return f"{span.name} {dict(span.attributes or {})} {events} {span.status.description}"
