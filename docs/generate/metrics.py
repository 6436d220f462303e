"""docs/reference/metrics.md: every instrument, from the modules that make them."""

from collections.abc import Iterator
from types import ModuleType

from prometheus_client import Counter, Gauge, Histogram

from docs.generate import code as our_code
from docs.generate.markdown import code, table
from docs.generate.markdown import page as markdown_page

Instrument = Counter | Gauge | Histogram
HEAD = ("name", "kind", "labels", "meaning")
INTRODUCTION = (
    "Every service answers `GET /metrics`. No label holds anything about a person. A service shows "
    "the metrics of the modules it imports: those of `percorso.events` stay at 0 where it only "
    "publishes, or only consumes."
)


def page() -> str:
    """Return the page."""
    parts = [INTRODUCTION]
    for module in sorted(our_code.modules(), key=lambda module: module.__name__):
        if rows := sorted(_row(each) for each in instruments(module)):
            parts += [f"## {module.__name__}", table(HEAD, rows)]
    return markdown_page("Metrics", *parts)


def instruments(module: ModuleType) -> Iterator[Instrument]:
    """Yield what a module made and keeps under a name."""
    return (each for each in vars(module).values() if isinstance(each, Instrument))


def _row(instrument: Instrument) -> tuple[str, str, str, str]:
    (metric,) = instrument.describe()
    name = f"{metric.name}_total" if metric.type == "counter" else metric.name
    labels = ", ".join(map(code, instrument._labelnames))  # noqa: SLF001 - there is no public way
    return code(name), metric.type, labels, metric.documentation
