"""Which pages there are; a test compares them with the files."""

from collections.abc import Callable, Mapping
from pathlib import Path

from docs.generate import configuration, events, metrics, problems

FOLDER = Path(__file__).parents[1] / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "configuration.md": configuration.page,
    "events.md": events.page,
    "metrics.md": metrics.page,
    "problems.md": problems.page,
}
