"""How fresh a partition is."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from percorso.events.kafka.progress import FRESH, Progress

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def progress(
    applied: int = 5, end: int = 5, read_ago_s: float = 0, complete_ago_s: float = 0
) -> Progress:
    return Progress(
        applied, end, NOW - timedelta(seconds=read_ago_s), NOW - timedelta(seconds=complete_ago_s)
    )


def test_caught_up_with_an_end_just_read_is_fresh() -> None:
    assert progress(complete_ago_s=60).age_s(NOW) == 0


def test_an_end_read_too_long_ago_proves_nothing() -> None:
    assert progress(read_ago_s=6, complete_ago_s=6).age_s(NOW) == 6


def test_behind_is_as_old_as_what_is_complete() -> None:
    assert progress(applied=4, complete_ago_s=42).age_s(NOW) == 42


def test_applying_moves_the_watermark_to_the_last_event_received() -> None:
    behind = progress(applied=3, end=9, complete_ago_s=100)

    behind.apply(8, NOW - timedelta(seconds=2))

    assert (behind.lag(), behind.age_s(NOW)) == (1, 2)


def test_seeing_the_end_when_caught_up_completes_everything_before() -> None:
    caught_up = progress(complete_ago_s=100)

    caught_up.saw_end(5, NOW)

    assert caught_up.complete_until == NOW


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 30), st.integers(0, 30))
def test_fresh_means_nothing_behind_and_recently_read(
    applied: int, end: int, read_ago_s: int, complete_ago_s: int
) -> None:
    given_ = progress(applied, end, read_ago_s, complete_ago_s)
    is_fresh = applied >= end and timedelta(seconds=read_ago_s) <= FRESH

    assert (given_.age_s(NOW) == 0) == (is_fresh or complete_ago_s == 0)
