"""Starts child processes that cannot outlive this one, and runs short ones to their end."""

import errno
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from percorso.local.errors import Refusal
from percorso.local.tether import PARENT

# -P: what lies in the working folder must not shadow a package.
PYTHON = (sys.executable, "-P", "-m")
TETHER = (*PYTHON, "percorso.local.tether")
LAST_LINES = 3
NO_SPACE = os.strerror(errno.ENOSPC)

Interrupt = Callable[[], None]

# The kernel kills a tethered child when the *thread* that started it ends; this one never does.
_launcher = ThreadPoolExecutor(max_workers=1, thread_name_prefix="launcher")


def nothing() -> None:
    """Interrupt nothing."""


def spawn(
    arguments: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a tethered process in a session of its own; it writes to the end of the log."""
    return _launcher.submit(_popen, arguments, log, environment or {}, folder).result()


def run(
    arguments: Sequence[str],
    *,
    log: Path,
    what: str,
    interrupt: Interrupt = nothing,
    folder: Path | None = None,
) -> None:
    """Run a command to its end; if it fails, refuse with the last lines that it wrote."""
    process = spawn(arguments, log=log, folder=folder)
    try:
        while process.poll() is None:
            interrupt()
            time.sleep(0.02)
    finally:
        process.kill()
        process.wait()
    if process.returncode:
        if NO_SPACE in log.read_text(encoding="utf-8", errors="replace"):
            raise Refusal(f"The disk is full: {what} failed.")
        raise Refusal(f"{what} failed: {last_lines(log)}")


def last_lines(log: Path) -> str:
    """Give the end of a log on one line."""
    lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    return " / ".join([line.strip() for line in lines if line.strip()][-LAST_LINES:]) or "no output"


def _popen(
    arguments: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path | None
) -> subprocess.Popen[bytes]:
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603 - the arguments are ours
            [*TETHER, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment, PARENT: str(os.getpid())},
            cwd=folder,
            start_new_session=True,
        )
