"""Whether a message that is due may go now, later or never."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.delivery.budget import Budget
from percorso.notifications.delivery.states import State, Step
from percorso.notifications.delivery.timing import GO, LOOKED_AGAIN, Circumstances, decide
from percorso.notifications.preferences.quiet_hours import DEFAULT

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
NIGHT = datetime(2026, 5, 4, 22, tzinfo=UTC)  # midnight in Rome
MORNING = datetime(2026, 5, 5, 6, tzinfo=UTC)  # 08:00 in Rome
BUDGET = Budget(2, 4)
SOON = timedelta(hours=1)
LATER = timedelta(days=9)


def _about(
    now: datetime,
    *,
    is_duty: bool = False,
    is_cancelled: bool = False,
    is_about_others: bool = False,
    expires_in: timedelta = LATER,
    used: tuple[timedelta, ...] = (),
) -> Step:
    circumstances = Circumstances(
        is_duty,
        is_cancelled,
        is_about_others,
        now + expires_in,
        DEFAULT,
        [now - each for each in used],
    )
    return decide(circumstances, BUDGET, now)


def test_by_day_and_within_the_budget_it_goes() -> None:
    assert _about(NOON) is GO
    assert _about(NOON, used=(SOON,)) is GO


def test_what_the_citizen_needs_no_more_never_goes() -> None:
    assert _about(NOON, is_cancelled=True) == Step(State.CANCELLED)
    assert _about(NOON, is_cancelled=True, is_duty=True, expires_in=-SOON).to is State.CANCELLED


def test_what_tells_of_others_waits_for_the_link_as_long_as_it_lasts() -> None:
    assert _about(NOON, is_about_others=True) == Step(State.WAITING, due_at=NOON + LOOKED_AGAIN)
    last = timedelta(seconds=5)
    assert _about(NOON, is_about_others=True, expires_in=last).due_at == NOON + last
    assert _about(NOON, is_about_others=True, is_duty=True) is GO


@pytest.mark.parametrize("is_duty", [False, True])
def test_what_has_expired_never_goes(is_duty: bool) -> None:  # noqa: FBT001
    assert _about(NOON, is_duty=is_duty, expires_in=timedelta()).to is State.EXPIRED
    assert _about(NIGHT, is_duty=is_duty, expires_in=-SOON) == Step(State.EXPIRED, "expired")


def test_by_night_it_waits_for_the_morning() -> None:
    assert _about(NIGHT) == Step(State.WAITING, due_at=MORNING)
    assert _about(NIGHT, is_duty=True) == Step(State.WAITING, due_at=MORNING)


def test_a_suggestion_that_expires_by_night_does_not_ring() -> None:
    assert _about(NIGHT, expires_in=SOON) == Step(State.WAITING, due_at=NIGHT + SOON)


def test_a_duty_that_would_expire_by_night_rings() -> None:
    assert _about(NIGHT, is_duty=True, expires_in=SOON) is GO


def test_beyond_the_budget_it_waits_until_that_opens() -> None:
    used = (SOON, 20 * SOON)

    assert _about(NOON, used=used) == Step(State.WAITING, due_at=NOON + 4 * SOON)
    assert _about(NOON, used=used, is_duty=True) is GO


def test_what_the_budget_would_let_go_too_late_fails_at_once() -> None:
    used = (SOON, 20 * SOON)

    assert _about(NOON, used=used, expires_in=4 * SOON) == Step(State.FAILED, "over-budget")


times = st.integers(0, 14 * 24 * 60).map(lambda each: NOON + timedelta(minutes=each))


@given(st.booleans(), st.booleans(), times, times, st.lists(times))
def test_what_waits_waits_for_a_later_time_and_never_beyond_its_end(
    is_duty: bool,  # noqa: FBT001
    is_about_others: bool,  # noqa: FBT001
    now: datetime,
    expires_at: datetime,
    used: list[datetime],
) -> None:
    before = [] if is_duty else [each for each in used if each <= now]

    about = Circumstances(is_duty, False, is_about_others, expires_at, DEFAULT, before)  # noqa: FBT003
    step = decide(about, BUDGET, now)

    if step.to is State.WAITING:
        assert step.due_at is not None
        assert now < step.due_at <= expires_at
    assert step.to in {State.SENDING, State.WAITING} or step.reason
