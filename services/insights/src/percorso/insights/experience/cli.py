"""`python -m percorso.insights rebuild-metrics [--verify]`: count all metrics again from what is stored."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import NoReturn

from percorso.chassis import logs
from percorso.chassis.postgres import open_pool
from percorso.chassis.settings import PostgresSettings, load
from percorso.events.errors import Unavailable
from percorso.insights.experience.rebuilding import Outcome, rebuild

# A table is sorted whole in one statement: more than any size of it takes.
STATEMENT_TIMEOUT = timedelta(days=1)


def main(arguments: Sequence[str], *, prefix: str) -> NoReturn:
    """Do what the command line says and exit: 0 right, or put right; 1 wrong or failed."""
    given = _parser().parse_args(arguments)
    logs.configure("insights")
    settings = load(PostgresSettings, prefix)
    try:
        outcome = asyncio.run(_rebuild(settings, only_verify=given.verify))
    except Unavailable:
        sys.exit("the database is away, or not migrated")
    print(f"live    {outcome.live}\nrebuilt {outcome.rebuilt}")
    if given.verify:
        sys.exit(0 if outcome.is_equal else 1)
    print(f"{outcome.corrected} rows put right")
    sys.exit(0)


async def _rebuild(settings: PostgresSettings, *, only_verify: bool) -> Outcome:
    patient = settings.model_copy(update={"statement_timeout": STATEMENT_TIMEOUT})
    async with open_pool(patient, "percorso-insights-rebuild") as pool:
        return await rebuild(pool, only_verify=only_verify)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m percorso.insights rebuild-metrics",
        description="Count all metrics again from the stored facts, and put right what differs.",
    )
    parser.add_argument(
        "--verify",
        action="store_true",
        help="only compare: print both hashes, exit 1 if they differ",
    )
    return parser
