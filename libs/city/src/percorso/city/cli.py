"""The commands of the city: `python -m percorso.city generate`, `play` and `demo`."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from percorso.city import demo
from percorso.city.city import DEFAULT_PEOPLE, DEFAULT_SEED, City
from percorso.city.generate import generate
from percorso.city.play import play

# Two years from here lie in the past of everybody who runs this.
DEFAULT_START = date(2023, 1, 2)
DEFAULT_EVENTS = 50_000
MOST_EVENTS = 10_000_000


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command of the arguments; 0 done, 2 wrong usage."""
    given = _parser().parse_args(arguments)
    match given.command:
        case "generate":
            city = City(given.seed, given.people, start=given.start)
            generate(city, given.events, given.out)
        case "play":
            _play(given)
        case "demo":
            _demo(City(given.seed, given.people, start=DEFAULT_START), as_json=given.json)
    return 0


def _play(given: argparse.Namespace) -> None:
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each request
    try:
        play(given.home, seed=given.seed, people=given.people, events_per_s=given.rate)
    except KeyboardInterrupt:
        return


def _demo(city: City, *, as_json: bool) -> None:
    people = demo.document(city)
    if as_json:
        print(json.dumps(people, ensure_ascii=False))
        return
    for person in demo.people(city):
        print(
            f"{person.person.name} (cf:{person.person.fiscal_code}) {person.why}; {person.wishes}"
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m percorso.city")
    commands = parser.add_subparsers(dest="command", required=True)
    generating = _command(commands, "generate", "write events and their truth to a folder")
    generating.add_argument(
        "--events", type=_count, default=DEFAULT_EVENTS, metavar="N", help="exactly so many"
    )
    generating.add_argument(
        "--start", type=date.fromisoformat, default=DEFAULT_START, metavar="DAY"
    )
    generating.add_argument("--out", type=Path, required=True, metavar="DIR")
    playing = _command(commands, "play", "send the city's life to the local stack, for ever")
    home = os.environ.get("PERCORSO_HOME") or ".percorso"
    playing.add_argument("--home", type=Path, default=Path(home), help="data folder of the stack")
    playing.add_argument("--rate", type=float, default=5.0, help="events per second")
    showing = _command(commands, "demo", "name three people worth looking at")
    showing.add_argument("--json", action="store_true")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, does: str
) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=does)
    command.add_argument("--seed", type=int, default=DEFAULT_SEED)
    command.add_argument("--people", type=int, default=DEFAULT_PEOPLE, metavar="N")
    return command


def _count(text: str) -> int:
    count = int(text)
    if not 0 <= count <= MOST_EVENTS:
        raise argparse.ArgumentTypeError(f"may be 0 to {MOST_EVENTS}")
    return count
