"""What the pages tell a newcomer to type works, and prints what they show."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from percorso.local.options import Ports
from tests.support.pages import Step, is_as_shown, shell, steps
from tests.support.repository import ROOT
from tests.support.stack import Stack, running
from tests.support.waiting import eventually

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

# What pages name of the checkout; they write files of their own beside it.
NAMED = (".venv", "examples")
START = "make run\n"  # the stack of these tests, which that would start as well


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that looks like the checkout."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in NAMED:
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.fixture(scope="module")
def stack(checkout: Path) -> Iterator[Stack]:
    with running(checkout / ".percorso", folder=checkout, PERCORSO_CITY="demo") as stack:
        yield stack


def test_the_readmes_first_event(stack: Stack, checkout: Path) -> None:
    follow("README.md", stack, checkout, heading="## The first event")


@pytest.mark.parametrize(
    "page",
    [
        "docs/tutorial/first-event.md",
        "docs/how-to/onboard-an-agency.md",
        "docs/how-to/look-at-a-citizen.md",
    ],
)
def test_a_page_can_be_followed(stack: Stack, checkout: Path, page: str) -> None:
    follow(page, stack, checkout)


def follow(page: str, stack: Stack, checkout: Path, *, heading: str = "") -> None:
    """Do what a page says, in one shell, with this stack's addresses."""
    text = (ROOT / page).read_text(encoding="utf-8")
    if heading:
        text = text.split(f"\n{heading}\n")[1].split("\n## ")[0]
    todo = steps(_addressed(text, stack))
    assert todo, page
    with shell(checkout, _environment(checkout)) as terminal:
        for step in todo:
            if step.command == START:
                _check_start(step, stack)
            else:
                terminal.do(step)


def _environment(checkout: Path) -> dict[str, str]:
    """Return a newcomer's: no settings of ours, and what `percorso import` keeps stays here."""
    usual = {name: value for name, value in os.environ.items() if not name.startswith("PERCORSO")}
    return usual | {"XDG_STATE_HOME": str(checkout / "state")}


def _addressed(text: str, stack: Stack) -> str:
    """Put the free ports of these tests in the place of the default ones."""
    run = stack.run
    others = {name: run[name] for name in ("provider", "mail")}
    others |= {"zipkin": run["traces"], "kafka": f"http://{run['kafka']}"}
    for name, address in {**run["services"], **others}.items():
        usual = f"127.0.0.1:{getattr(Ports(), name)}"
        text = text.replace(usual, address.removeprefix("http://"))
    return text


def _check_start(step: Step, stack: Stack) -> None:
    printed = stack.home.with_name(f"{stack.home.name}.output")
    eventually(lambda: is_as_shown(step.shown, printed.read_text(encoding="utf-8")))
