"""The commands of the local stack: `python -m percorso.local run` and `clean-data`."""

import argparse
import os
import sys
import tempfile
import traceback
from collections.abc import Callable

from percorso.local import home, options, stack
from percorso.local.console import complain, say, shown
from percorso.local.errors import Refusal, sentence
from percorso.local.home import Home
from percorso.local.options import Options

YES = {"y", "yes", "s", "sì", "si"}


def main() -> int:
    """Run the command of the arguments; give 0, or 1 after one sentence that says why not."""
    command = _parse(sys.argv[1:])
    try:
        command(options.read(os.environ))
    except Refusal as refusal:
        complain(str(refusal))
    except OSError as error:
        complain(sentence(error))
    except KeyboardInterrupt:
        complain("Stopped.")
    except Exception as fault:  # noqa: BLE001 - people get a sentence, the details go to a file
        complain(f"Percorso has a fault ({type(fault).__name__}); details are in {_keep(fault)}.")
    else:
        return 0
    return 1


def clean_data(chosen: Options) -> None:
    """Remove the data folder after asking; refuse while a run uses it."""
    if not chosen.home.exists():
        say(f"There is no {shown(chosen.home)}.")
        return
    with home.locked(chosen.home):
        if _agrees(f"Remove {shown(chosen.home)} with all data and keys? [y/N] "):
            home.remove(Home(chosen.home))
            say("Removed.")
        else:
            say("Nothing was removed.")


def _parse(arguments: list[str]) -> Callable[[Options], None]:
    parser = argparse.ArgumentParser(prog="python -m percorso.local")
    commands = parser.add_subparsers(required=True, metavar="command")
    run = commands.add_parser("run", help="run the whole stack until Ctrl-C")
    run.set_defaults(command=stack.run)
    clean = commands.add_parser("clean-data", help="remove the data folder after asking")
    clean.set_defaults(command=clean_data)
    command: Callable[[Options], None] = parser.parse_args(arguments).command
    return command


def _agrees(question: str) -> bool:
    try:
        return input(question).strip().lower() in YES
    except EOFError:
        say("")
        return False


def _keep(fault: Exception) -> str:
    with tempfile.NamedTemporaryFile(
        "w", prefix="percorso-fault-", suffix=".log", delete=False
    ) as file:
        traceback.print_exception(fault, file=file)
        return file.name


if __name__ == "__main__":
    sys.exit(main())
