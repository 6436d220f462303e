"""Several commands in one process: in order, until one fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from percorso.local.series import joined

COMMAND = "import sys; print(__name__, *sys.argv[1:]); sys.exit(int(sys.argv[1]))"


@pytest.mark.parametrize(("statuses", "ended"), [("000", 0), ("030", 3), ("4", 4)])
def test_commands_run_in_order_until_one_fails(tmp_path: Path, statuses: str, ended: int) -> None:
    commands = [(f"command_{n}", status, str(n)) for n, status in enumerate(statuses)]
    for name, *_ in commands:
        (tmp_path / f"{name}.py").write_text(COMMAND)

    result = subprocess.run(
        [sys.executable, "-m", "percorso.local.series", *joined(commands)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    run = [line.split() for line in result.stdout.splitlines()]
    upto = next((n for n, status in enumerate(statuses) if status != "0"), len(statuses)) + 1
    assert run == [["__main__", status, str(n)] for n, status in enumerate(statuses)][:upto]
    assert result.returncode == ended
