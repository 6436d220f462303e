"""In which order the tests run, and in which worker of two."""

import pytest
from xdist.scheduler import LoadFileScheduling

# Their tests run one after the other in one worker: they share what takes long to start.
TOGETHER = ("tests/e2e/one_stack/", "tests/e2e/broken_stack/")


class Turns(LoadFileScheduling):  # type: ignore[misc] # xdist has no types
    """Gives a worker a file, or all files of a folder that keeps together."""

    def _split_scope(self, nodeid: str) -> str:
        return _folder(nodeid) or super()._split_scope(nodeid)


def turn(item: pytest.Item) -> tuple[bool, str]:
    """Return when it is a test's turn: what takes a minute comes first, so that workers end together.

    Whatever has the same turn stays in the order that chance gave it.
    """
    folder = _folder(item.nodeid)
    return not (folder or item.get_closest_marker("slow")), folder


def _folder(nodeid: str) -> str:
    return next(filter(nodeid.startswith, TOGETHER), "")
