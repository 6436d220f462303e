"""Files beside the checkout, in ../shared, which not every machine has."""

import os
from pathlib import Path

import pytest

from tests.support.repository import ROOT


def shared(*parts: str) -> Path:
    """Return a file of ../shared; where it is absent, and in CI, the test is skipped: it is not ours."""
    if os.environ.get("CI"):
        pytest.skip("../shared is not read in CI")
    path = ROOT.parent.joinpath("shared", *parts)
    if not path.exists():
        pytest.skip(f"../shared/{'/'.join(parts)} is absent")
    return path
