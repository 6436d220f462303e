"""Which pages there are; a test compares them with the files."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from docs.generate import asyncapi, bench, configuration, events, metrics, openapi, problems
from docs.generate.applications import SERVICES

FOLDER = Path(__file__).parents[1] / "reference"
PAGES: Mapping[str, Callable[[], str]] = {
    "asyncapi.json": asyncapi.page,
    "bench.md": bench.page,
    "configuration.md": configuration.page,
    "events.md": events.page,
    "metrics.md": metrics.page,
    "problems.md": problems.page,
    **{f"openapi/{name}.json": partial(openapi.page, name) for name in SERVICES},
}
