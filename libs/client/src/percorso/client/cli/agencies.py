"""`percorso agency`: who may post events."""

from typing import Annotated

import typer

from percorso.client.cli.connection import Json, Url, open_system
from percorso.client.cli.printing import print_line

app = typer.Typer(help="Register agencies.", no_args_is_help=True)


@app.callback()
def agency() -> None:
    """Keep `agency` a group while it has one command."""


@app.command()
def add(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="The code in the index of public administrations.")],
    *,
    source: Annotated[
        list[str], typer.Option(metavar="PREFIX", help="A prefix of its events' sources.")
    ],
    links: Annotated[bool, typer.Option("--links", help="It may assert links.")] = False,
    json: Json = False,
    url: Url = None,
) -> None:
    """Register an agency; for one that is registered, add sources."""
    with open_system(ctx, url) as system:
        token = system.tokens.operations("registration")
        is_new, answer = system.agencies.add(code, sources=source, links=links, token=token)
    if json:
        print_line(answer)
    else:
        typer.echo(
            f"{code} {'is registered' if is_new else 'was registered already, it owns these sources'}"
        )
