"""Files beside the checkout, in ../shared, which not every machine has."""

import os
from pathlib import Path

import pytest

from tests.support.repository import ROOT


def shared(*parts: str) -> Path:
    """Return a file of ../shared; where it is absent the test is skipped, and in CI it fails."""
    path = ROOT.parent.joinpath("shared", *parts)
    if not path.exists():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(
            f"../shared/{'/'.join(parts)} is absent"
        )
    return path
