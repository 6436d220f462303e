"""`percorso import`: an event log to the door, resumed where an earlier run was interrupted."""

from pathlib import Path
from typing import Annotated

import typer

from percorso.client.cli.connection import Json, Url, open_system
from percorso.client.cli.import_run import ImportRun
from percorso.client.cli.printing import progress
from percorso.client.cli.report import Report
from percorso.client.eventlog import Position, files, read_mapping, resuming
from percorso.client.sending import Retry

SUFFIXES = ", ".join(files.SUFFIXES)


def import_log(  # noqa: PLR0913 - a command's options are its interface
    ctx: typer.Context,
    log: Annotated[Path, typer.Argument(metavar="LOG", help=f"A file {SUFFIXES}.")],
    *,
    mapping: Annotated[
        Path, typer.Option(metavar="FILE", help="What the log's columns mean, in TOML.")
    ],
    state: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Where to keep how far it came until it is finished."),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Import from the first row on, whatever was kept.")
    ] = False,
    retry_for: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long one batch is tried again.")
    ] = 60.0,
    json: Json = False,
    url: Url = None,
) -> None:
    """Make touchpoints of an event log's rows, and print which rows make none and why.

    Importing again changes nothing: the same row is the same event. How far an unfinished import
    came is kept in $XDG_STATE_HOME/percorso: the same command goes on from there.
    """
    _check(log, mapping)
    meaning = read_mapping(mapping)
    report = Report(json=json, again="the same command goes on from there")
    with open_system(ctx, url) as system:
        system.tokens.agency(meaning.agency)  # one that is not registered ends it in one sentence
        begin = Position(system=system.fingerprint, log=files.digest(log), mapping=meaning.digest)
        kept_in = state or resuming.default_file(log, system.fingerprint)
        at = begin if restart else resuming.load(kept_in, begin=begin)
        with (
            files.open_log(log) as rows,
            progress(rows.size) as advance,
            ImportRun(rows, meaning, report, at=at, kept_in=kept_in, advance=advance) as run,
        ):
            for settled in system.send(
                run.events(), agency=meaning.agency, retry=Retry(bound_s=retry_for)
            ):
                run.add(settled)
    report.finish(rows=run.position.rows, resumed_after=at.rows)
    if not report.is_good:
        raise typer.Exit(1)


def _check(log: Path, mapping: Path) -> None:
    for path in (log, mapping):
        try:
            path.open("rb").close()
        except OSError as error:
            raise typer.BadParameter(f"cannot read {path}: {error.strerror}") from error
    if not log.name.lower().endswith(files.SUFFIXES):
        raise typer.BadParameter(f"the name of a log ends in {SUFFIXES}")
