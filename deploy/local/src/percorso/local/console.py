"""Says short things to the person in front of `make run`."""

import os
from pathlib import Path


def say(text: str) -> None:
    """Print a line at once; a terminal that went away is no reason to stop."""
    _write(1, text)


def complain(text: str) -> None:
    """Print a line to standard error."""
    _write(2, text)


def _write(descriptor: int, text: str) -> None:
    try:
        os.write(descriptor, f"{text}\n".encode())
    except OSError:
        return


def shown(path: Path) -> str:
    """Give a path as short as it can be said from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
