"""The stack that all stories of this package share."""

from collections.abc import Iterator

import pytest

from tests.support.stack import Stack, running


@pytest.fixture(scope="package")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack, started once: that takes longer than all stories together."""
    with running(tmp_path_factory.mktemp("one") / "home") as stack:
        yield stack
