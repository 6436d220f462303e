"""Which system a command talks to, and with whose token."""

import os
import re
from typing import Annotated

import httpx
import typer

from percorso.client.client import Percorso

URL_HELP = (
    "A remote system: one base URL with the routes of all services under it "
    "(its token comes from PERCORSO_TOKEN)."
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]*")  # RFC 6750, b64token
Url = Annotated[str | None, typer.Option(help=URL_HELP)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else on stdout.")]


def own_token() -> str | None:
    """Return the token that the user brought."""
    token = os.environ.get("PERCORSO_TOKEN", "").strip()
    if not _TOKEN.fullmatch(token):
        raise typer.BadParameter("PERCORSO_TOKEN holds no bearer token")
    return token or None


def open_system(ctx: typer.Context, url: str | None) -> Percorso:
    """Open the remote system that the user named, else the local one."""
    url = url or _root_url(ctx)
    token = own_token()
    return Percorso.at(_checked(url), token=token) if url else Percorso.local(token=token)


def open_issuer(ctx: typer.Context, url: str | None = None) -> Percorso:
    """Open the local system to have it issue tokens; a remote one never does."""
    if url or _root_url(ctx):
        raise typer.BadParameter("only a local system issues tokens: leave --url out")
    return Percorso.local()


def _root_url(ctx: typer.Context) -> str | None:
    url = ctx.find_root().params.get("url")
    return url if isinstance(url, str) else None


def _checked(url: str) -> str:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL as error:
        raise typer.BadParameter("--url is not a URL") from error
    if parsed.scheme not in {"http", "https"} or not parsed.host:
        raise typer.BadParameter("--url begins with http:// or https:// and names a host")
    return url
