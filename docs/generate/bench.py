"""The figures of the last `make bench`: all on a page, those with a budget in the README."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docs.generate import markdown

ROOT = Path(__file__).parents[2]
FILE = ROOT / "docs" / "reference" / "bench.json"
README = ROOT / "README.md"
BEGIN, END = "<!-- bench -->", "<!-- /bench -->"
INTRODUCTION = (
    "What `make bench` printed last: medians over its rounds with the range (overload: one run). "
    "Ratios are made within a round, since machines differ by half from one quarter of an hour to "
    "the next; times and rates are of that machine and hour alone. Budgets are those of the design; "
    "[performance.md](../explanation/performance.md) says what they mean and what was tried."
)
WORDS = {"stretch": "met, with room", "met": "met", "missed": "**missed**", "VOID": "**void**"}

Figure = Mapping[str, Any]


def page() -> str:
    """Return the page with every figure and what it was made from."""
    results = _results()
    rows = [row for figure in results for row in _rows(figure)]
    head = ("figure", "value", "range", "unit", "budget", "verdict")
    return markdown.page("Figures", INTRODUCTION, _when(results), markdown.table(head, rows))


def readme() -> str:
    """Return the README with the table of the figures that have a budget."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{_short()}\n{END}{after}"


def _short() -> str:
    results = _results()
    rows = [
        (
            figure["name"],
            f"{_number(figure['value'][0])} {figure['unit']}",
            _budget(figure),
            _verdict(figure),
        )
        for figure in results
        if figure["budget"]
    ]
    table = markdown.table(("figure", "measured", "budget", ""), rows)
    return f"{_when(results)}\n\n{table}"


def _results() -> list[Figure]:
    results: list[Figure] = json.loads(FILE.read_text(encoding="utf-8"))
    return results


def _when(results: Sequence[Figure]) -> str:
    said = {f"{each['date']}, {each['machine']}, {each['rounds']} rounds" for each in results}
    return f"Measured: {'; '.join(sorted(said))}."


def _rows(figure: Figure) -> list[Sequence[str]]:
    own = (
        figure["name"], *_spread(figure["value"]), figure["unit"], _budget(figure), _verdict(figure),
    )  # fmt: skip
    parts = [(f"- {name}", *_spread(of), "", "", "") for name, of in figure["measured"].items()]
    return [own, *parts]


def _spread(values: Sequence[float]) -> tuple[str, str]:
    median, low, high = map(_number, values)
    return median, f"{low} to {high}"


def _budget(figure: Figure) -> str:
    if not figure["budget"]:
        return ""
    sign = ">=" if figure["at_least"] else "<="
    bound, stretch = figure["budget"]
    return f"{sign} {bound:g}" + (f", aim {stretch:g}" if stretch is not None else "")


def _verdict(figure: Figure) -> str:
    return WORDS.get(figure["verdict"], "") + (f": {figure['void']}" if figure["void"] else "")


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1_000 else f"{value:.3g}"
