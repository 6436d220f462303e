"""A deadline is one budget."""

from percorso.chassis.deadline import Deadline
from percorso.chassis.testing import FakeClock


def test_a_deadline_runs_out() -> None:
    clock = FakeClock()
    deadline = Deadline(10, clock.monotonic)

    clock.advance(4)
    assert deadline.remaining() == 6
    assert deadline.remaining(reserve=2) == 4
    assert deadline.remaining(reserve=7) == 0
    assert not deadline.is_over

    clock.advance(6)
    assert deadline.remaining() == 0
    assert deadline.is_over
