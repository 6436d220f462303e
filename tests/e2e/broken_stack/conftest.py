"""The stack that all stories of failure share."""

from collections.abc import Iterator

import pytest

from tests.support.stack import Stack, running
from tests.support.waiting import eventually


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack with two workers of journey."""
    home = tmp_path_factory.mktemp("broken") / "home"
    with running(home, PERCORSO_JOURNEY_WORKERS="2") as stack:
        yield stack


@pytest.fixture(autouse=True)
def _healthy(stack: Stack) -> Iterator[None]:
    eventually(stack.is_healthy, within_s=90)
    yield
    eventually(stack.is_healthy, within_s=90)
