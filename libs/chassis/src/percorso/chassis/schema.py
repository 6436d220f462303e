"""Which migrations a service has; light enough for every process, unlike running them."""

import re
from importlib.resources import files
from pathlib import Path

_MODULE = re.compile(r"^(?P<number>\d{4})_(pre|post)_[a-z0-9_]+\.py$")


def folder(package: str) -> Path:
    """Return the folder of a service's migrations."""
    return Path(str(files(package).joinpath("migrations", "versions")))


def head(package: str) -> str:
    """Return the number of the newest migration; ValueError where there is none."""
    numbers = [
        found["number"] for path in folder(package).iterdir() if (found := _MODULE.match(path.name))
    ]
    return max(numbers)
