"""CloudEvents by scenarios: ours, and where they are those of the CloudEvents project, with our steps."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.repository import ROOT
from tests.support.shared import shared

# behave looks for `steps` beside the first of its files.
OURS = Path(__file__).with_name("events.feature")


def passed(*features: Path) -> int:
    """Return how many scenarios passed; all of them have to."""
    run = subprocess.run(
        [sys.executable, "-m", "behave", "--no-color", "--format", "progress", *features],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    counted = re.search(r"^(\d+) scenarios passed, 0 failed, 0 skipped", run.stdout, re.MULTILINE)
    assert counted is not None, run.stdout
    return int(counted[1])


def test_our_scenarios_pass() -> None:
    assert passed(OURS) == 14


@pytest.mark.parametrize(
    ("feature", "scenarios"),
    [("http-protocol-binding.feature", 4), ("kafka-protocol-binding.feature", 3)],
)
def test_the_scenarios_of_the_project_pass(feature: str, scenarios: int) -> None:
    theirs = shared("contracts", "cloudevents", feature)

    assert passed(OURS, theirs) == 14 + scenarios
