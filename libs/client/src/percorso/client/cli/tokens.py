"""`percorso token`: tokens of the local issuer, for trying things out."""

from typing import Annotated

import typer

from percorso.client.cli.connection import Json, open_issuer
from percorso.client.cli.printing import identifiers
from percorso.client.tokens import IssuedToken, Role

app = typer.Typer(
    help="Print a token of the local issuer: all services, 60 minutes.", no_args_is_help=True
)


@app.command()
def agency(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(help="The agency's code, such as c_a182.")],
    *,
    json: Json = False,
) -> None:
    """Print an agency's token."""
    with open_issuer(ctx) as system:
        _print(system.local_tokens().issue_agency(code), json=json)


@app.command()
def citizen(
    ctx: typer.Context,
    identifier: Annotated[str, typer.Argument(metavar="CF|SCHEME:VALUE")],
    *,
    level: Annotated[int, typer.Option(min=1, max=3, help="How strong the login was.")] = 2,
    json: Json = False,
) -> None:
    """Print a citizen's token."""
    [read] = identifiers([identifier])
    with open_issuer(ctx) as system:
        _print(system.local_tokens().issue_citizen(read, level=level), json=json)


@app.command()
def operator(
    ctx: typer.Context,
    *,
    agency: Annotated[str, typer.Option(metavar="CODE", help="The operator's agency.")],
    role: Annotated[Role, typer.Option(help="What the operator may do.")],
    purpose: Annotated[str, typer.Option(metavar="TEXT", help="What the work is for.")],
    case: Annotated[str, typer.Option(metavar="ID", help="The case it belongs to.")],
    json: Json = False,
) -> None:
    """Print an operator's token."""
    with open_issuer(ctx) as system:
        issued = system.local_tokens().issue_operator(
            agency=agency, role=role, purpose=purpose, case=case
        )
        _print(issued, json=json)


def _print(issued: IssuedToken, *, json: bool) -> None:
    typer.echo(issued.model_dump_json() if json else issued.access_token)
