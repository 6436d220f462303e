"""`python -m percorso.identity agency add`: register an agency without a token, at the database."""

import argparse
import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from percorso.chassis import logs
from percorso.chassis.postgres import open_pool, transaction
from percorso.chassis.settings import PostgresSettings, load
from percorso.events.errors import Unavailable
from percorso.identity.agencies import store
from percorso.identity.agencies.registrations import (
    CODE_PATTERN,
    SOURCE_PATTERN,
    Registration,
    SourceTaken,
)


def main(arguments: Sequence[str], *, prefix: str) -> NoReturn:
    """Do what the command line says and exit: 0 done or done before, 1 refused or failed."""
    given = _parser().parse_args(arguments)
    logs.configure("identity")
    settings = load(PostgresSettings, prefix)
    asked = Registration(given.code, given.source, given.links)
    try:
        is_new = asyncio.run(_register(settings, asked))
    except SourceTaken:
        sys.exit("another agency owns one of these sources, or a part of it")
    except Unavailable:
        sys.exit("the database is away, or not migrated")
    print(f"{asked.code} {'is registered' if is_new else 'was registered before'}")
    sys.exit(0)


async def _register(settings: PostgresSettings, asked: Registration) -> bool:
    async with (
        open_pool(settings, "percorso-identity-agency") as pool,
        transaction(pool) as connection,
    ):
        _, is_new = await store.register(connection, asked)
    return is_new


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m percorso.identity agency")
    commands = parser.add_subparsers(dest="command", required=True)
    adding = commands.add_parser("add", help="register an agency, or add sources to it")
    adding.add_argument("code", type=_matching(CODE_PATTERN, "code"))
    adding.add_argument(
        "--source",
        action="append",
        required=True,
        type=_matching(SOURCE_PATTERN, "source"),
        metavar="PREFIX",
        help="beginning of the sources that it owns; may be given several times",
    )
    adding.add_argument("--links", action="store_true", help="it may assert links")
    return parser


def _matching(pattern: str, name: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError
        return text

    read.__name__ = name  # argparse's message is "invalid <name> value"
    return read
