"""What arrives as mail: how it is read, kept and shown."""

from contextlib import closing
from datetime import UTC, datetime
from email.message import EmailMessage
from errno import ENOSPC
from io import RawIOBase
from pathlib import Path
from typing import IO, Any
from unittest.mock import patch

import msgspec
import pytest

from percorso.city.mail import page
from percorso.city.mail.box import Box, Mail
from percorso.city.mail.reception import read

AT = datetime(2026, 5, 4, 10, tzinfo=UTC)


def a_mail(number: int, to: str = "rosa@example.org") -> Mail:
    return Mail(f"<{number}@percorso.example>", to, "Assegno unico", "Può chiederlo.", AT)


def test_a_mail_is_read_whatever_its_encoding() -> None:
    for charset, encoding in (("utf-8", "base64"), ("iso-8859-1", "quoted-printable")):
        message = EmailMessage()
        message["Message-ID"] = "<1@percorso.example>"
        message["Subject"] = "Nascita: perché scriviamo"
        message.set_content("Può chiederlo.", charset=charset, cte=encoding)
        message.add_alternative("<p>Può chiederlo.</p>", subtype="html")

        mail = read(message.as_bytes(), "rosa@example.org", AT)

        assert mail.message_id == "<1@percorso.example>"
        assert mail.to == "rosa@example.org"
        assert mail.subject == "Nascita: perché scriviamo"
        assert mail.text.strip() == "Può chiederlo."


def test_a_mail_without_headers_and_text_is_kept_too() -> None:
    assert read(b"", "rosa@example.org", AT) == Mail("", "rosa@example.org", "", "", AT)


def test_copies_are_kept_in_the_order_of_arrival_and_found_by_address(tmp_path: Path) -> None:
    sent = [a_mail(1), a_mail(2, "ugo@example.org"), a_mail(1)]
    with closing(Box(tmp_path / "mail.jsonl")) as box:
        for mail in sent:
            box.add(mail)

    assert box.arrivals() == sent
    assert box.arrivals("Rosa@example.org") == [sent[0], sent[2]]
    assert box.arrivals("nobody@example.org") == []


def test_what_arrived_is_there_again_even_if_the_last_line_was_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "mail.jsonl"
    with closing(Box(file)) as box:
        box.add(a_mail(1))
    with file.open("ab") as cut_off:
        cut_off.write(b'{"message_id": "<2')
    with closing(Box(file)) as box:
        box.add(a_mail(3))

    assert _kept(file) == [a_mail(1), a_mail(3)]
    assert file.stat().st_mode & 0o077 == 0


class _FullDisk(RawIOBase):
    """A file of which one write stores some bytes, and the next one none."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._is_full = False

    def write(self, data: Any) -> int:
        if self._is_full:
            raise OSError(ENOSPC, "No space left on device")
        self._is_full = True
        return self._file.write(bytes(data)[:10])


def test_a_mail_of_which_a_full_disk_took_a_part_spoils_neither_the_next_one_nor_the_next_start(
    tmp_path: Path,
) -> None:
    file = tmp_path / "mail.jsonl"
    with closing(Box(file)) as box:
        box.add(a_mail(1))
        with (
            patch.object(box, "_file", _FullDisk(box._file)),
            pytest.raises(OSError, match="space"),
        ):
            box.add(a_mail(2))
        box.add(a_mail(3))

    assert box.arrivals() == [a_mail(1), a_mail(3)]
    assert _kept(file) == [a_mail(1), a_mail(3)]


def test_neither_memory_nor_the_file_grows_for_ever(tmp_path: Path) -> None:
    file, lengths = tmp_path / "mail.jsonl", set()
    with closing(Box(file, most=10)) as box:
        for number in range(95):
            box.add(a_mail(number))
            lengths.add(len(file.read_bytes().splitlines()))

    assert box.arrivals() == [a_mail(number) for number in range(85, 95)]
    assert max(lengths) < 20
    assert _kept(file)[-10:] == box.arrivals()


def test_the_page_shows_the_newest_first_and_runs_nothing_that_was_sent() -> None:
    shown = page.page([a_mail(1), msgspec.structs.replace(a_mail(2), subject="<script>")]).decode()

    assert shown.index("&lt;2@") < shown.index("&lt;1@")
    assert "<script>" not in shown
    assert "None of it is real" in shown


def _kept(file: Path) -> list[Mail]:
    with closing(Box(file)) as box:
        return box.arrivals()
