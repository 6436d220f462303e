"""The repository itself, as guard tests look at it."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DISTRIBUTIONS = sorted(path.parent for path in ROOT.glob("*/*/pyproject.toml"))
SERVICES = sorted(path.name for path in DISTRIBUTIONS if path.parent.name == "services")


def files() -> list[Path]:
    """Return every file that git has, or would have after `git add --all`."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    """Return the Python files of ours, tests included."""
    return [path for path in files() if path.suffix == ".py"]


def source(distribution: Path) -> Path:
    """Return a distribution's own package."""
    (package,) = (path.parent for path in distribution.glob("src/percorso/*/__init__.py"))
    return package
