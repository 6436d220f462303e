"""The budget of a citizen, compared with counting."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from percorso.notifications.delivery.budget import DAY, WEEK, Budget, open_from

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
TWO_AND_FOUR = Budget(2, 4)


def _ago(*hours: float) -> list[datetime]:
    return [NOW - timedelta(hours=each) for each in hours]


def test_a_third_suggestion_of_a_day_waits_until_the_first_is_a_day_old() -> None:
    assert open_from(TWO_AND_FOUR, _ago(3), NOW) == NOW
    assert open_from(TWO_AND_FOUR, _ago(3, 20), NOW) == NOW + timedelta(hours=4)
    assert open_from(TWO_AND_FOUR, _ago(3, 24), NOW) == NOW


def test_a_fifth_suggestion_of_a_week_waits_until_the_first_is_a_week_old() -> None:
    used = _ago(30, 60, 90, 7 * 24 - 5)

    assert open_from(TWO_AND_FOUR, used, NOW) == NOW + timedelta(hours=5)


budgets = st.builds(Budget, st.integers(1, 4), st.integers(1, 8))
uses = st.lists(st.integers(0, 10 * 24 * 60).map(lambda each: NOW - timedelta(minutes=each)))


def _allows(budget: Budget, used: list[datetime], at: datetime) -> bool:
    in_day = sum(at - DAY < each for each in used)
    in_week = sum(at - WEEK < each for each in used)
    return in_day < budget.per_day and in_week < budget.per_week


@given(budgets, uses)
def test_it_opens_as_soon_as_counting_allows_and_no_sooner(
    budget: Budget, used: list[datetime]
) -> None:
    opens = open_from(budget, used, NOW)

    assert _allows(budget, used, opens)
    assert opens == NOW or not _allows(budget, used, opens - timedelta(microseconds=1))
