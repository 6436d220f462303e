"""`percorso dead-letters`: what could not be applied, and what to do with it."""

from collections.abc import Callable
from typing import Annotated, Any

import msgspec
import typer

from percorso.client.cli.connection import Json, Url, open_system
from percorso.client.cli.printing import print_line, printable
from percorso.client.errors import Refused
from percorso.client.operations import DeadLetter, DeadLetters

app = typer.Typer(help="See and settle what could not be applied.", no_args_is_help=True)

Service = Annotated[str, typer.Option(metavar="NAME", help="The service that could not apply it.")]
Reason = Annotated[str | None, typer.Option(metavar="R", help="Only those of this reason.")]
Letters = Annotated[list[str] | None, typer.Argument(metavar="ID")]
All = Annotated[bool, typer.Option("--all", help="All there are now (of --reason, if given).")]
Act = Callable[[str], None]


@app.command("list")
def list_letters(
    ctx: typer.Context,
    *,
    reason: Reason = None,
    service: Service = "journey",
    json: Json = False,
    url: Url = None,
) -> None:
    """List dead letters."""
    with open_system(ctx, url) as system:
        token = system.tokens.operations("dead letters")
        for received in system.dead_letters(service).list(token=token, reason=reason):
            print_line(received.line) if json else typer.echo(_line(received.letter))


@app.command()
def show(
    ctx: typer.Context,
    letter: Annotated[str, typer.Argument(metavar="ID")],
    *,
    service: Service = "journey",
    json: Json = False,
    url: Url = None,
) -> None:
    """Show one dead letter."""
    with open_system(ctx, url) as system:
        token = system.tokens.operations("dead letters")
        received = system.dead_letters(service).show(letter, token=token)
    if json:
        print_line(received.line)
        return
    for name, value in received.letter:
        typer.echo(f"{printable(name)}: {_value(value)}")


@app.command()
def redrive(  # noqa: PLR0913 - a command's options are its interface
    ctx: typer.Context,
    letters: Letters = None,
    *,
    all_: All = False,
    reason: Reason = None,
    service: Service = "journey",
    json: Json = False,
    url: Url = None,
) -> None:
    """Have dead letters applied now."""
    _check(letters, all_=all_, reason=reason)
    with open_system(ctx, url) as system:
        token = system.tokens.operations("dead letters")
        desk = system.dead_letters(service)
        chosen = letters or _all(desk, token=token, reason=reason)
        _settle(chosen, lambda one: desk.redrive(one, token=token), done="redriven", json=json)


@app.command()
def discard(  # noqa: PLR0913
    ctx: typer.Context,
    letters: Letters = None,
    *,
    all_: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before --all.")] = False,
    reason: Reason = None,
    service: Service = "journey",
    json: Json = False,
    url: Url = None,
) -> None:
    """Give dead letters up for ever."""
    _check(letters, all_=all_, reason=reason)
    if all_ and not yes:
        raise typer.BadParameter("--all gives every letter up for ever: add --yes")
    with open_system(ctx, url) as system:
        token = system.tokens.operations("dead letters")
        desk = system.dead_letters(service)
        chosen = letters or _all(desk, token=token, reason=reason)
        _settle(chosen, lambda one: desk.discard(one, token=token), done="discarded", json=json)


def _check(letters: list[str] | None, *, all_: bool, reason: str | None) -> None:
    if bool(letters) == all_:
        raise typer.BadParameter("name dead letters, or give --all")
    if reason and not all_:
        raise typer.BadParameter("--reason goes with --all")


def _all(desk: DeadLetters, *, token: str, reason: str | None) -> list[str]:
    """List them before the first is touched: redriving changes the pages."""
    return [received.letter.id for received in desk.list(token=token, reason=reason)]


def _settle(letters: list[str], act: Act, *, done: str, json: bool) -> None:
    """Do it to each, whatever becomes of the others; exit status 1 when one was refused."""
    refused: list[dict[str, Any]] = []
    for letter in letters:
        try:
            act(letter)
        except Refused as error:
            typer.echo(f"percorso: {printable(letter)}: {error}", err=True)
            refused.append({"id": letter, "problem": error.problem.document()})
    if json:
        gone = {one["id"] for one in refused}
        ids = [letter for letter in letters if letter not in gone]
        print_line(msgspec.json.encode({done: ids, "refused": refused}))
    else:
        typer.echo(f"{len(letters) - len(refused)} {done}")
    if refused:
        raise typer.Exit(1)


def _line(letter: DeadLetter) -> str:
    facts = "  ".join(f"{printable(name)}={_value(value)}" for name, value in letter.facts.items())
    return f"{printable(letter.id)}  {printable(letter.reason)}  {facts}".rstrip()


def _value(value: object) -> str:
    if isinstance(value, dict | list):
        return printable(msgspec.json.encode(value).decode())
    return printable(value)
