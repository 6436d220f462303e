"""`python -m percorso.city.mail`: take mail over SMTP, show it over HTTP, until it is stopped."""

import argparse
from contextlib import closing
from pathlib import Path

from percorso.city.mail import page, reception
from percorso.city.mail.box import Box


def main() -> None:
    """Serve until the process ends."""
    given = _parser().parse_args()
    with (
        closing(Box(given.file)) as box,
        reception.listening(box, given.host, given.smtp_port),
        page.server(box, given.host, given.http_port) as server,
    ):
        server.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m percorso.city.mail")
    parser.add_argument("--file", type=Path, required=True, help="where mails are kept")
    parser.add_argument("--host", default="127.0.0.1", help="another than loopback: in a container")
    parser.add_argument("--smtp-port", type=int, required=True, metavar="PORT")
    parser.add_argument("--http-port", type=int, required=True, metavar="PORT")
    return parser


if __name__ == "__main__":
    main()
