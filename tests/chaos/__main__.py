"""`python -m tests.chaos [--seed N] [--minutes M] [--teeth [BUG...]]`: the fault experiments."""

import argparse
import logging
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.chaos import faults, report
from tests.chaos.run import Outcome, Plan, experiment
from tests.chaos.teeth.planting import TEETH, Tooth


def main() -> int:
    """Run one clean experiment, or one for each planted bug; return the exit status."""
    logging.getLogger("aiokafka").setLevel(
        logging.CRITICAL
    )  # of our own clients: outages are planned
    given = _parser().parse_args()
    seed = int(time.time()) % 100_000 if given.seed is None else given.seed
    if given.teeth is None:
        return _clean(seed, max(1, given.minutes) * faults.ROUND_S, keep=given.keep)
    chosen = [each for each in TEETH if not given.teeth or each.module in given.teeth]
    return _teeth(seed, chosen, keep=given.keep)


def _clean(seed: int, seconds: float, *, keep: bool) -> int:
    outcome = _run(Plan(seed, seconds, faults.schedule(seed, seconds)), keep=keep)
    _print(report.lines(outcome))
    return 0 if _is_as_wished(outcome) else 1


def _teeth(seed: int, teeth: Iterable[Tooth], *, keep: bool) -> int:
    outcomes: list[Outcome] = []

    def run_all() -> Iterator[tuple[Tooth, Outcome]]:
        for tooth in teeth:
            plan = Plan(seed, tooth.seconds, tooth.faults, tooth)
            outcomes.append(_run(plan, keep=keep))
            yield tooth, outcomes[-1]

    _print(report.teeth_lines(run_all()))
    return 0 if all(map(_is_as_wished, outcomes)) else 1


def _run(plan: Plan, *, keep: bool) -> Outcome:
    """Run in a folder of its own, of which the ledger and the logs are kept unless all is as wished."""
    folder = Path(tempfile.mkdtemp(prefix="percorso-chaos-"))
    is_as_wished = False
    try:
        outcome = experiment(plan, folder)
        is_as_wished = _is_as_wished(outcome)
    finally:
        _remove_data(folder)
        if is_as_wished and not keep:
            shutil.rmtree(folder)
        else:
            print(f"ledger and logs are kept in {folder}", file=sys.stderr)
    return outcome


def _is_as_wished(outcome: Outcome) -> bool:
    """Whether every check holds, or the one that must see the planted bug does not."""
    failed = {each.check for each in outcome.failed}
    tooth = outcome.plan.tooth
    return not failed if tooth is None else tooth.caught_by in failed


def _remove_data(folder: Path) -> None:
    """Remove data and keys."""
    for path in folder.glob("home/*"):
        if path.is_dir() and path.name != "logs":
            shutil.rmtree(path)


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("--seed", type=int, help="which load and which faults; random by default")
    parser.add_argument("--minutes", type=int, default=1, help="of load, each with every fault")
    parser.add_argument("--keep", action="store_true", help="keep ledger and logs in any case")
    parser.add_argument(
        "--teeth",
        nargs="*",
        choices=[each.module for each in TEETH],
        help="plant bugs, all by default; each must be caught",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
