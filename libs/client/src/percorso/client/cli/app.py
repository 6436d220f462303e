"""The command's root: its groups, and how errors become one sentence and an exit status."""

import sys
import traceback
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from percorso.client.cli import (
    agencies,
    dead_letters,
    importing,
    sending,
    status,
    timelines,
    tokens,
)
from percorso.client.cli.connection import URL_HELP
from percorso.client.errors import PercorsoError

HELP = """The citizen-journey platform, from the command line.

The local system is found through $PERCORSO_HOME/run.json, or .percorso/run.json in this folder or
above. A remote one is named by --url, with a token in PERCORSO_TOKEN. Where PERCORSO_TOKEN is set,
it is used for the local system too.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.
"""


class Sentences(TyperGroup):
    """A group whose commands fail with one sentence."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; what went wrong goes to stderr, exit status 1."""
        try:
            return super().invoke(ctx)
        except PercorsoError as error:
            typer.echo(f"percorso: {error}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
    name="percorso",
    help=HELP,
    cls=Sentences,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback()
def root(*, url: Annotated[str | None, typer.Option(help=URL_HELP)] = None) -> None:
    """Take what holds for every command; `connection` reads it from the root context."""


app.add_typer(tokens.app, name="token", short_help="Print a token of the local issuer.")
app.add_typer(agencies.app, name="agency")
app.add_typer(dead_letters.app, name="dead-letters")
app.command("send", short_help="Send files of CloudEvents.")(sending.send)
app.command("import", short_help="Import an event log, CSV or XES.")(importing.import_log)
app.command("timeline", short_help="Print timelines, oldest first.")(timelines.timeline)
app.command("status", short_help="Print how each service is.")(status.status)


def main() -> None:
    """Run the command; even a bug ends in one sentence, which says where but no value."""
    try:
        app()
    except Exception as error:  # noqa: BLE001 - a message may quote personal data, so none is shown
        at = traceback.extract_tb(error.__traceback__)[-1]
        name = type(error).__name__
        typer.echo(f"percorso: a fault of this program: {name} in {at.name}:{at.lineno}", err=True)
        sys.exit(1)
