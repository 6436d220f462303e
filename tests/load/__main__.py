"""`python -m tests.load [FIGURES...]`: the benchmarks of the design's section 12."""

import argparse
import sys

from tests.load import (
    catchup,
    decisions,
    growth,
    idle,
    ingest,
    overload,
    pages,
    report,
    system,
    visible,
)
from tests.load.results import ROUNDS

GROUPS = {
    "idle": idle.figures,
    "ingest": ingest.figures,
    "visible": visible.figures,
    "catchup": catchup.figures,
    "pages": pages.figures,
    "decisions": decisions.figures,
    "overload": overload.figures,
    "growth": growth.figures,
}


GROWTH = (0, 1, 10, 100)  # million rows
PUBLISHED_M = 10


def main() -> int:
    """Measure, print the table and write the file; 1 if a correctness gate did not hold."""
    given = _parser().parse_args()
    figures = []
    with system.started(given.rounds, [each for each in GROWTH if each <= given.growth]) as bench:
        for name in given.groups or GROUPS:
            print(f"measuring {name}", file=sys.stderr, flush=True)
            measured = GROUPS[name](bench)
            print(report.table(measured), flush=True)
            if given.save and given.rounds >= ROUNDS and given.growth >= PUBLISHED_M:
                report.save(measured, given.rounds)
            figures += measured
    return int(any(figure.void for figure in figures))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.load")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []], help="all by default")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="interleaved; 3 by default")
    parser.add_argument(
        "--growth", type=int, default=PUBLISHED_M, help="up to so many million rows"
    )
    parser.add_argument("--save", action="store_true", help="write docs/reference/bench.json")
    return parser


if __name__ == "__main__":
    sys.exit(main())
