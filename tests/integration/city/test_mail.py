"""The mail server of the local stack, as Percorso and its readers meet it."""

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path
from threading import Thread
from typing import Any

import httpx

from percorso.city.mail import page
from percorso.city.mail.box import Box
from percorso.local.ports import free_ports
from tests.support.waiting import eventually

PORTS = free_ports(2)
SMTP, HTTP = PORTS


def test_mails_are_shown_and_outlive_a_kill(tmp_path: Path) -> None:
    with _running(tmp_path) as process:
        _send("rosa@example.org", "ugo@example.org")
        _send("rosa@example.org")
        before = _arrivals("rosa@example.org")
        process.kill()
        process.wait()

    with _running(tmp_path):
        after = _arrivals("rosa@example.org")
        page = httpx.get(f"http://127.0.0.1:{HTTP}/").text
        missing = httpx.get(f"http://127.0.0.1:{HTTP}/nothing").status_code
        everyone = _arrivals(None)

    assert [mail["text"].strip() for mail in before] == ["Può chiederlo."] * 2
    assert before[0].keys() == {"message_id", "to", "subject", "text", "received_at"}
    assert before == after
    assert [mail["to"] for mail in everyone] == [
        "rosa@example.org", "ugo@example.org", "rosa@example.org",
    ]  # fmt: skip
    assert "Assegno unico" in page
    assert missing == 404
    assert b"rosa" not in (tmp_path / "log").read_bytes()


def test_a_visitor_who_says_nothing_is_hung_up_on(tmp_path: Path) -> None:
    with (
        closing(Box(tmp_path / "mail.jsonl")) as box,
        page.server(box, "127.0.0.1", 0, silence_s=0.1) as server,
    ):
        Thread(target=server.serve_forever, daemon=True).start()
        with socket.create_connection(server.socket.getsockname(), timeout=10) as visitor:
            assert visitor.recv(1) == b""
        server.shutdown()


@contextmanager
def _running(folder: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-P", "-m", "percorso.city.mail"]
    command += ["--file", str(folder / "mail.jsonl")]
    command += ["--smtp-port", str(SMTP), "--http-port", str(HTTP)]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        eventually(_answers)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers() -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{HTTP}/health").is_success
    except httpx.TransportError:
        return False


def _send(*recipients: str) -> None:
    message = EmailMessage()
    message["Message-ID"] = "<1@percorso.example>"
    message["Subject"] = "Assegno unico"
    message.set_content("Può chiederlo.")
    with smtplib.SMTP("127.0.0.1", SMTP) as server:
        server.send_message(message, "noreply@percorso.example", recipients)


def _arrivals(to: str | None) -> list[dict[str, Any]]:
    query = {} if to is None else {"to": to}
    answer = httpx.get(f"http://127.0.0.1:{HTTP}/v1/mails", params=query)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
