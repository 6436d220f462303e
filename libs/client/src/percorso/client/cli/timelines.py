"""`percorso timeline`: what happened to a citizen, oldest first."""

from collections.abc import Iterator
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from percorso.client.cli.connection import Json, Url, open_system, own_token
from percorso.client.cli.printing import identifiers, print_line, printable
from percorso.client.client import Percorso
from percorso.client.identifiers import SubjectIdentifier
from percorso.client.timelines import ReceivedItem, TimelineItem
from percorso.client.tokens import is_operator

_ROME = ZoneInfo("Europe/Rome")


def timeline(
    ctx: typer.Context,
    who: Annotated[list[str], typer.Argument(metavar="SCHEME:VALUE")],
    *,
    json: Json = False,
    url: Url = None,
) -> None:
    """Print timelines, oldest first, times of Europe/Rome.

    Locally each identifier's own token is asked for. With a citizen's token in PERCORSO_TOKEN the
    timeline is that citizen's, whoever is named; with an operator's, who is named is looked up.
    """
    asked = identifiers(who)
    token = own_token()
    if token and not is_operator(token) and len(asked) > 1:
        raise typer.BadParameter("a citizen's PERCORSO_TOKEN reads one timeline: name one citizen")
    with open_system(ctx, url) as system:
        for text, identifier in zip(who, asked, strict=True):
            if len(asked) > 1 and not json:
                typer.echo(f"{printable(text)}:")
            _print(_items(system, identifier), json=json)


def _items(system: Percorso, identifier: SubjectIdentifier) -> Iterator[ReceivedItem]:
    token = system.tokens.citizen(identifier)
    if not own_token() or not is_operator(token):
        return system.timelines.read(token=token)
    subject = system.timelines.find_subject(identifier, token=token)
    return system.timelines.read(token=token, subject=subject)


def _print(items: Iterator[ReceivedItem], *, json: bool) -> None:
    is_empty = True
    for received in items:
        is_empty = False
        if json:
            print_line(received.line)
        else:
            typer.echo(_line(received.item))
    if is_empty and not json:
        typer.echo("no touchpoints", err=True)


def _line(item: TimelineItem) -> str:
    at = item.occurred_at.astimezone(_ROME).strftime("%Y-%m-%d %H:%M:%S")
    cells = (item.agency, item.short_type, item.channel, item.service, item.matter)
    agency, kind, channel, service, matter = map(printable, cells)
    name = f"  {printable(item.name)}" if item.name else ""
    return (
        f"{at}  {agency:<14}  {kind:<24}  {channel:<8}  {service:<24}  {matter:<16}{name}".rstrip()
    )
