"""One minute of faults through the real stack, as `make chaos` runs it."""

import subprocess
import sys

import pytest

from tests.support.repository import ROOT

SEED = "1"


@pytest.mark.chaos
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_nothing_is_lost_doubled_or_told_while_everything_dies() -> None:
    command = [sys.executable, "-m", "tests.chaos", "--seed", SEED]

    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
