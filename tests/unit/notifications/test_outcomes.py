"""What follows from an attempt: suggestions at most once, duties at least once, and an end."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.delivery.outcomes import (
    FAILURES,
    LAST_DELAY,
    MAY_HAVE_LEFT,
    Outcome,
    Retries,
    delay,
)
from percorso.notifications.delivery.states import STEPS, State

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
RETRIES = Retries(12, lambda: 0.5)


def _to(outcome: Outcome, *, is_duty: bool = False, failures: int = 1) -> State:
    return RETRIES.step(outcome, is_duty=is_duty, failures=failures, now=NOW).to


@pytest.mark.parametrize("outcome", sorted(MAY_HAVE_LEFT))
def test_a_suggestion_that_may_have_left_is_unknown_and_a_duty_is_sent_again(
    outcome: Outcome,
) -> None:
    assert _to(outcome) is State.UNKNOWN
    assert _to(outcome, is_duty=True) is State.WAITING


@pytest.mark.parametrize("outcome", [Outcome.DEFERRED, Outcome.AWAY])
def test_what_surely_did_not_leave_is_tried_again_until_the_end(outcome: Outcome) -> None:
    assert _to(outcome, failures=11) is State.WAITING
    assert RETRIES.step(outcome, is_duty=False, failures=12, now=NOW) == (
        State.FAILED, "gave-up", None,
    )  # fmt: skip


def test_while_identity_is_away_nothing_counts_towards_the_end() -> None:
    assert Outcome.UNASKED not in FAILURES
    assert _to(Outcome.UNASKED, failures=99) is State.WAITING


@given(st.sampled_from(Outcome), st.booleans(), st.integers(1, 20), st.floats(0, 1))
def test_every_outcome_leads_on_from_sending_and_waits_only_for_a_later_time(
    outcome: Outcome,
    is_duty: bool,  # noqa: FBT001
    failures: int,
    chance: float,
) -> None:
    retries = Retries(12, lambda: chance)

    step = retries.step(outcome, is_duty=is_duty, failures=failures, now=NOW)

    assert step.to in STEPS[State.SENDING]
    assert (step.to is State.WAITING) == (step.due_at is not None and step.due_at > NOW)
    assert (step.to in {State.FAILED, State.UNKNOWN}) == (step.reason is not None)


@given(st.lists(st.sampled_from(Outcome), min_size=12, max_size=40), st.booleans())
def test_whatever_becomes_of_its_attempts_a_suggestion_leaves_at_most_once(
    outcomes: list[Outcome],
    is_duty: bool,  # noqa: FBT001
) -> None:
    left = failures = 0
    for outcome in outcomes:
        left += outcome in MAY_HAVE_LEFT | {Outcome.TAKEN, Outcome.IN_PLACE}
        failures += outcome in FAILURES
        if _to(outcome, is_duty=is_duty, failures=failures) is not State.WAITING:
            break

    assert is_duty or left <= 1
    assert failures <= 12


def test_delays_grow_to_their_end_and_are_spread_by_chance() -> None:
    assert [delay(each, 1.0) for each in (1, 2, 3)] == [timedelta(seconds=s) for s in (30, 60, 120)]
    assert delay(1, 0.0) == timedelta(seconds=15)
    assert delay(10**6, 1.0) == LAST_DELAY
