"""The table of figures, and the file that the documents' table is made from."""

import json
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil

from tests.load import results
from tests.load.results import Figure, Spread
from tests.support.repository import ROOT

FILE = ROOT / "docs" / "reference" / "bench.json"


def table(figures: Sequence[Figure]) -> str:
    """Return the figures as lines: value, range, budget, verdict, what it was made from."""
    return "\n".join(line for figure in figures for line in _lines(figure))


def _lines(figure: Figure) -> Iterable[str]:
    budget = figure.budget
    bound = ""
    if budget:
        sign = ">=" if budget.at_least else "<="
        bound = f"{sign} {budget.bound:g}"
    yield (
        f"{figure.name:<42} {_shown(figure.value):<28} {figure.unit:<22} {bound:<8} {figure.verdict}"
    )
    for name, spread in figure.measured.items():
        yield f"    {name:<38} {_shown(spread)}"
    if figure.void:
        yield f"    VOID: {figure.void}"


def _shown(spread: Spread) -> str:
    return f"{spread.median:.3g} ({spread.low:.3g} to {spread.high:.3g})"


def save(figures: Sequence[Figure], rounds: int, file: Path = FILE) -> None:
    """Put the figures into the file, each with the day, the machine and the number of rounds."""
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    measured = {
        figure.name: {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": machine(),
            "rounds": rounds,
            **results.document(figure),
        }
        for figure in figures
    }
    made = {each["name"]: each for each in kept} | measured
    file.write_text(json.dumps([*made.values()], indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """Describe the machine in words."""
    memory = psutil.virtual_memory().total / 2**30
    return f"{psutil.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
