"""An issuer of tokens and a verifier that trusts it, on one clock."""

import pytest

from percorso.chassis.testing import FakeClock, Issuer
from percorso.chassis.tokens import Tokens


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def issuer(clock: FakeClock) -> Issuer:
    return Issuer(clock=clock)


@pytest.fixture
def tokens(issuer: Issuer) -> Tokens:
    return issuer.tokens("identity")
