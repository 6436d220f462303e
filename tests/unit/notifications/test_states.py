"""The states of a message: nothing that left is taken back."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.delivery.states import OUT, STEPS, UNSETTLED, State, before

SETTLED = set(State) - UNSETTLED


def _reachable(state: State) -> set[State]:
    found: set[State] = set()
    frontier = set(STEPS[state])
    while frontier:
        found |= frontier
        frontier = {following for each in frontier for following in STEPS[each]} - found
    return found


def test_from_what_is_settled_no_way_leads_to_another_attempt_or_back_to_itself() -> None:
    ways = {state: _reachable(state) for state in SETTLED}

    assert all(way.isdisjoint(UNSETTLED) and state not in way for state, way in ways.items())


def test_what_reached_the_citizen_never_fails_afterwards() -> None:
    reached = {State.SENT, State.DELIVERED, State.READ}

    assert set().union(*map(_reachable, reached)) <= reached


def test_only_a_message_in_hand_may_have_left() -> None:
    assert {State.SENT, State.DELIVERED, State.UNKNOWN} <= STEPS[State.SENDING]
    assert STEPS[State.WAITING].isdisjoint({State.SENT, State.DELIVERED, State.READ, State.UNKNOWN})
    assert State.WAITING not in OUT


@given(st.lists(st.sampled_from(State)))
def test_whatever_is_asked_for_in_whatever_order_the_way_taken_is_allowed(
    asked: list[State],
) -> None:
    at, way = State.WAITING, [State.WAITING]
    for wanted in asked:
        if at in before(wanted):
            at = wanted
            way.append(at)

    settled = [state for state in way if state in SETTLED]
    assert all(following in STEPS[state] for state, following in pairwise(way))
    assert len(settled) == len(set(settled))
    assert way.count(State.UNKNOWN) + way.count(State.FAILED) + way.count(State.EXPIRED) <= 1
