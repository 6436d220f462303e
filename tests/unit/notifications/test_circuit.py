"""A channel that is held back while what it needs is away, and a pace that is kept."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.delivery.circuit import FIRST_PAUSE, LAST_PAUSE, Circuit
from percorso.notifications.verification.pace import Pace

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def test_while_all_is_well_every_slot_is_free() -> None:
    circuit = Circuit()
    circuit.succeed()

    assert (circuit.free(8, 0, NOW), circuit.free(8, 3, NOW), circuit.free(8, 8, NOW)) == (8, 5, 0)


def test_after_a_failure_nothing_begins_and_then_one_at_a_time() -> None:
    circuit = Circuit()
    circuit.fail(NOW)

    assert circuit.free(8, 0, NOW) == 0
    assert circuit.free(8, 0, NOW + FIRST_PAUSE) == 1
    assert circuit.free(8, 1, NOW + FIRST_PAUSE) == 0
    assert circuit.free(8, 8, NOW + FIRST_PAUSE) == 0


def test_a_success_frees_every_slot_again() -> None:
    circuit = Circuit()
    circuit.fail(NOW)
    circuit.succeed()

    assert circuit.free(8, 0, NOW) == 8


def test_failures_side_by_side_are_one() -> None:
    circuit = Circuit()
    for _ in range(8):
        circuit.fail(NOW)

    assert circuit.free(8, 0, NOW + FIRST_PAUSE) == 1


def test_pauses_grow_to_their_end() -> None:
    circuit, now, pauses = Circuit(), NOW, []
    for _ in range(20):
        circuit.fail(now)
        began = now
        while not circuit.free(1, 0, now):
            now += timedelta(seconds=0.5)
        pauses.append(now - began)

    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert pauses[-1] == LAST_PAUSE


@given(st.lists(st.floats(0, 0.5), max_size=200))
def test_no_more_go_by_than_the_pace_allows(rests: list[float]) -> None:
    pace, now, gone = Pace(5, 10), 100.0, 0
    for rest in rests:
        now += rest
        gone += pace.may_go(now)

    assert gone <= 10 + 5 * sum(rests) + 1e-6


def test_after_a_rest_as_many_go_as_at_the_beginning() -> None:
    pace = Pace(5, 10)

    assert [pace.may_go(100.0) for _ in range(11)] == [True] * 10 + [False]
    assert not pace.may_go(100.1)
    assert pace.may_go(100.3)
    assert [pace.may_go(200.0) for _ in range(11)] == [True] * 10 + [False]
