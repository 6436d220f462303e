"""`python -m percorso.local.series COMMAND -- COMMAND ...`: several commands, one after the other.

Each is a module and its arguments. What they import is imported once, which is most of what short
commands cost: the first that fails ends the series with its status.
"""

import itertools
import runpy
import sys
from collections.abc import Iterable, Sequence

BETWEEN = "--"


def joined(commands: Iterable[Sequence[str]]) -> list[str]:
    """Give the arguments that stand for these commands."""
    return [word for command in commands for word in (*command, BETWEEN)][:-1]


def main() -> None:
    """Run the commands of the arguments."""
    for is_between, command in itertools.groupby(sys.argv[1:], BETWEEN.__eq__):
        if not is_between:
            _run(list(command))


def _run(command: list[str]) -> None:
    sys.argv = command
    try:
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code:
            raise


if __name__ == "__main__":
    main()
