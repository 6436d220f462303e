"""What stories over the whole stack have in common."""

import random

import pytest

from tests.support.citizens import a_fiscal_code


@pytest.fixture
def citizen() -> str:
    """Give the codice fiscale of a citizen whom nobody has met."""
    return a_fiscal_code(random.Random())
