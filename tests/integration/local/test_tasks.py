"""What is done once before the stack is ready is tried again until it succeeds."""

import sys
from pathlib import Path

import pytest

from percorso.local.errors import Refusal
from percorso.local.tasks import RunCommand
from tests.integration.local.support import until

FAIL_ONCE = """
import pathlib, sys
marker = pathlib.Path(sys.argv[1])
if not marker.exists():
    marker.touch()
    sys.exit(1)
"""


def a_command(tmp_path: Path, script: str, *, may_start: bool = True) -> RunCommand:
    return RunCommand(
        "a command",
        [sys.executable, "-c", script, str(tmp_path / "marker")],
        {},
        log=tmp_path / "log",
        may_start=lambda: may_start,
    )


def advanced(command: RunCommand) -> RunCommand:
    command.advance()
    return command


def test_a_command_that_fails_is_tried_again(tmp_path: Path) -> None:
    command = a_command(tmp_path, FAIL_ONCE)

    until(lambda: advanced(command).is_done, 10)


def test_a_command_with_wrong_settings_is_not_tried_again(tmp_path: Path) -> None:
    command = a_command(tmp_path, "import sys; print('PORT: too high'); sys.exit(78)")

    with pytest.raises(Refusal, match="a command has wrong settings: PORT: too high"):
        until(lambda: advanced(command).is_done, 10)


def test_a_command_waits_for_its_turn(tmp_path: Path) -> None:
    command = a_command(tmp_path, FAIL_ONCE, may_start=False)

    assert not advanced(command).is_done
    assert not (tmp_path / "log").exists()


def test_a_command_that_runs_is_stopped(tmp_path: Path) -> None:
    command = a_command(tmp_path, "import time; time.sleep(60)")
    command.advance()

    command.stop()

    assert not command.is_done
