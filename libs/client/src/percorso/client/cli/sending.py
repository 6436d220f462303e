"""`percorso send`: files of CloudEvents to the door."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from percorso.client.cli.connection import Json, Url, open_issuer, open_system
from percorso.client.cli.printing import Advance, progress
from percorso.client.cli.report import Report
from percorso.client.reading import BrokenEvent, RawEvent, read_events
from percorso.client.sending import Retry


def send(  # noqa: PLR0913 - a command's options are its interface
    ctx: typer.Context,
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="JSON, JSON array or NDJSON; - is stdin.")
    ],
    *,
    agency: Annotated[
        str | None,
        typer.Option(metavar="CODE", help="Send as this agency, not as each source says."),
    ] = None,
    validate: Annotated[
        bool, typer.Option("--validate", help="Have events checked; nothing is stored.")
    ] = False,
    retry_for: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long one batch is tried again."),
    ] = 60.0,
    json: Json = False,
    url: Url = None,
) -> None:
    """Send CloudEvents in batches of 100, and print which were rejected and why.

    Sending the same again is safe: an event is known by its source and id.
    """
    _check_readable(files)
    report = Report(json=json, validate=validate)
    system = open_issuer(ctx, url) if agency else open_system(ctx, url)
    with system, progress(_size(files)) as advance:
        events = _readable(_read_all(files), report, advance)
        settled = system.send(
            events, agency=agency, validate=validate, retry=Retry(bound_s=retry_for)
        )
        for one in settled:
            report.add(one)
    report.finish()
    if not report.is_good:
        raise typer.Exit(1)


def _readable(
    events: Iterable[RawEvent | BrokenEvent], report: Report, advance: Advance
) -> Iterator[RawEvent]:
    """Pass on what can be sent, and report the rest."""
    for event in events:
        if isinstance(event, BrokenEvent):
            report.add_broken(event)
        else:
            report.read += 1
            yield event
            advance(len(event.raw) + 1, f"{report.accepted} accepted")


def _read_all(files: Iterable[str]) -> Iterator[RawEvent | BrokenEvent]:
    for file in files:
        with closing(_open(file)) as stream:
            yield from read_events(stream, "stdin" if file == "-" else file)


def _open(file: str) -> BinaryIO:
    return sys.stdin.buffer if file == "-" else Path(file).open("rb")


def _check_readable(files: Iterable[str]) -> None:
    """Refuse before anything is sent when one of the files cannot be opened."""
    for file in files:
        if file == "-":
            continue
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise typer.BadParameter(f"cannot read {file}: {error.strerror}") from error


def _size(files: Iterable[str]) -> int | None:
    return None if "-" in files else sum(Path(file).stat().st_size for file in files)
