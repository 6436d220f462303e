"""The pages of docs/reference say what the code says."""

import re

import pytest
from prometheus_client import Counter

from docs.generate import bench, metrics
from docs.generate.code import modules
from docs.generate.pages import FOLDER, PAGES
from docs.generate.problems import problems
from percorso.events.errors import Reason
from tests.support.repository import DISTRIBUTIONS, ROOT, source

# Set by one of our processes for another; nobody else sets them.
INTERNAL = {"PERCORSO_PYTHON", "PERCORSO_TETHERED_TO"}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_page_is_current(name: str) -> None:
    assert PAGES[name]() == (FOLDER / name).read_text(encoding="utf-8"), "run `make docs`"


def test_the_readme_shows_the_last_figures() -> None:
    assert bench.readme() == bench.README.read_text(encoding="utf-8"), "run `make docs`"


def test_every_variable_that_the_code_names_is_documented() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for distribution in DISTRIBUTIONS
        for path in source(distribution).rglob("*.py")
    )
    named = set(re.findall(r"\b(?:PERCORSO|OTEL)(?:_[A-Z0-9]+)+\b", code))

    assert named - INTERNAL - _documented("configuration.md") == set()


def test_every_metric_is_documented() -> None:
    names = {
        f"{metric.name}_total" if isinstance(each, Counter) else metric.name
        for module in modules()
        for each in metrics.instruments(module)
        for metric in each.describe()
    }

    assert names
    assert all(name.startswith("percorso_") for name in names)
    assert names - _documented("metrics.md") == set()


def test_every_problem_is_documented() -> None:
    modules()
    types = {f"urn:percorso:problem:{each.slug}" for each in problems()}

    assert types - _documented("problems.md") == set()


def test_a_problem_type_has_one_title() -> None:
    modules()
    titles: dict[str, set[str]] = {}
    for each in problems():
        titles.setdefault(each.slug, set()).add(each.title)

    assert {slug: each for slug, each in titles.items() if len(each) > 1} == {}


def test_every_reason_of_a_dead_letter_is_in_its_runbook() -> None:
    page = (ROOT / "docs" / "runbooks" / "dead-letters.md").read_text(encoding="utf-8")

    assert {reason.value for reason in Reason} - set(re.findall(r"`(\w+)`", page)) == set()


def _documented(page: str) -> set[str]:
    return set(re.findall(r"`([^`\s]+)`", (FOLDER / page).read_text(encoding="utf-8")))
