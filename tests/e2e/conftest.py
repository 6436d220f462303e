"""What stories over the whole stack have in common."""

import random
import secrets

import pytest

from tests.support.citizens import a_fiscal_code


@pytest.fixture
def citizen() -> str:
    """Give the codice fiscale of a citizen whom nobody has met."""
    return a_fiscal_code(random.Random())


@pytest.fixture
def address() -> str:
    """Give an address to which nobody has written."""
    return f"{secrets.token_hex(6)}@mail.example"
