"""In which order the tests run, and in which worker of two."""

import pytest
from xdist.scheduler import LoadFileScheduling

# Their tests run one after the other in one worker: they share what takes long to start.
TOGETHER = ("tests/e2e/one_stack/",)


class Turns(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    """Gives a worker a file, or all files of a folder that keeps together."""

    def _split_scope(self, nodeid: str) -> str:
        return next(filter(nodeid.startswith, TOGETHER), super()._split_scope(nodeid))


def turn(item: pytest.Item) -> int:
    """Return when it is a test's turn: what takes a minute comes first, so that workers end together.

    Whatever has the same turn stays in the order that chance gave it.
    """
    if item.get_closest_marker("chaos"):
        return 0
    if item.get_closest_marker("slow"):
        return 1
    return 2 if item.nodeid.startswith(TOGETHER) else 3
