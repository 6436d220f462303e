"""`python -m percorso.insights recompute [--count N]`: make past decisions again, and compare."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import NoReturn

from percorso.chassis import logs
from percorso.chassis.postgres import open_pool
from percorso.chassis.settings import PostgresSettings, load
from percorso.events.errors import Unavailable
from percorso.insights.decisions.recomputing import Outcome, recompute


def main(arguments: Sequence[str], *, prefix: str) -> NoReturn:
    """Do what the command line says and exit: 0 if every decision is the same, else 1."""
    given = _parser().parse_args(arguments)
    logs.configure("insights")
    settings = load(PostgresSettings, prefix)
    try:
        outcome = asyncio.run(_recomputed(settings, given.count))
    except Unavailable:
        sys.exit("the database is away, or not migrated")
    print(
        f"{outcome.made_again} decisions made again: {outcome.different} differ, "
        f"{outcome.incomplete} lack what made them"
    )
    sys.exit(int(bool(outcome.different or outcome.incomplete)))


async def _recomputed(settings: PostgresSettings, count: int) -> Outcome:
    async with open_pool(settings, "percorso-insights-recompute") as pool:
        return await recompute(pool, count)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m percorso.insights recompute",
        description="Make past decisions again from stored facts and rules, and compare bit for bit.",
    )
    parser.add_argument("--count", type=int, default=10_000, help="how many; 10,000 by default")
    return parser
