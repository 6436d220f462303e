"""Shows the box over HTTP: a page for people, and `GET /v1/mails?to=ADDRESS` for programs."""

from collections.abc import Callable
from html import escape
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import parse_qs, urlsplit

import msgspec

from percorso.city.mail.box import Box, Mail

MOST_SHOWN = 200
SILENCE_S = 30.0  # a visitor who says nothing for that long holds no thread any more
HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Mail that nobody sent</title>
<style>body{font-family:sans-serif;max-width:50em;margin:auto;padding:1em}pre{white-space:pre-wrap}</style>
<h1>Mail of the local stack</h1>
<p><strong>None of it is real.</strong> What Percorso sends on this machine ends here, and goes to nobody.</p>
"""


class _Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def server(box: Box, host: str, port: int, *, silence_s: float = SILENCE_S) -> ThreadingTCPServer:
    """Return a server; the caller lets it serve and closes it."""
    handler = type("Handler", (_Handler,), {"box": box, "timeout": silence_s})
    return _Server((host, port), handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    box: Box

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        (to,) = parse_qs(asked.query).get("to", [None])[:1]
        answers: dict[str, Callable[[], None]] = {
            "/": lambda: self._answer(200, "text/html", page(self.box.arrivals(to))),
            "/v1/mails": lambda: self._answer(
                200, "application/json", document(self.box.arrivals(to))
            ),
            "/health": lambda: self._answer(200, "text/plain", b"ok\n"),
        }
        answers.get(asked.path, lambda: self._answer(404, "text/plain", b"no such page\n"))()

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{media_type}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing: addresses stand in the URL."""


def document(mails: list[Mail]) -> bytes:
    """Return every arrival as JSON, the newest last."""
    return msgspec.json.encode({"items": mails})


def page(mails: list[Mail]) -> bytes:
    """Return the newest mails as a page, the newest first."""
    shown = "".join(map(_article, mails[: -MOST_SHOWN - 1 : -1]))
    return (HEAD + (shown or "<p>Nothing has arrived yet.</p>\n")).encode()


def _article(mail: Mail) -> str:
    at = mail.received_at.isoformat(" ", "seconds")
    return (
        f"<article><h2>{escape(mail.subject)}</h2>\n"
        f"<p>To {escape(mail.to)}, {at}, {escape(mail.message_id)}</p>\n"
        f"<pre>{escape(mail.text)}</pre></article>\n"
    )
