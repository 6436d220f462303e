"""The chaos run's oracle sees what is wrong with a timeline, a page or a link."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos import account, checks, links, oracle
from tests.chaos.account import Account
from tests.chaos.ledger import Answered, Entry, Made, Read, Sent
from tests.chaos.links import Sets
from tests.chaos.oracle import Model
from tests.chaos.pages import Timeline
from tests.chaos.subjects import AGENCY, SOURCE

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TYPE = "eu.percorso.page.viewed.v1"
OLDER, NEWER, OTHERS = "older", "newer", "others"
ZERO, ONE = "cf:0", "visitor:1"
APART, TOGETHER = Sets([]), Sets([frozenset({ZERO, ONE})])


def made(id: str, subject: str, minutes: int, **more: Any) -> Made:  # noqa: A002 - the event's
    time = NOON + timedelta(minutes=minutes)
    return Made(id, SOURCE, subject, TYPE, time, 0, {"page": id}, **more)


def settled(*further: Entry) -> Account:
    """Return the account of three events that were accepted: two of one subject, one of another."""
    events = [made(OLDER, ZERO, 1), made(NEWER, ZERO, 2), made(OTHERS, ONE, 3)]
    sent = Sent(1.0, 1, 1, [OLDER, NEWER, OTHERS], stores=True)
    return account.of([*events, sent, Answered(2.0, 1, 1, 0.1, 202, accepted=3), *further])


def item(event: Made, **changed: object) -> dict[str, Any]:
    own = {"id": event.id, "source": SOURCE, "type": TYPE, "agency": AGENCY}
    shown = {"occurred_at": event.time.isoformat(), "touchpoint": event.touchpoint}
    return {**own, **shown, **changed}


def timelines(zero: Sequence[dict[str, Any]], one: Sequence[dict[str, Any]]) -> list[Timeline]:
    return [
        Timeline(read(subject, order, [each["id"] for each in items]), items)
        for subject, ascending in ((ZERO, list(zero)), (ONE, list(one)))
        for order, items in (("asc", ascending), ("desc", ascending[::-1]))
    ]


def read(subject: str, order: str, ids: list[str], *, at: float = 3.0) -> Read:
    return Read(at, at + 1, subject, order, 200, 0, ids, [len(ids)], 0)


def failed(
    judged: Account,
    shown: Sequence[Timeline],
    *,
    topic: Sequence[str] = (),
    now: Sets = APART,
    ever: Sets = APART,
) -> set[str]:
    model = Model(judged, judged.stored(topic), now=now, ever=ever)
    return {each.check for each in oracle.judge_timelines(model, shown) if not each.holds}


older, newer, others = (
    item(made(*each)) for each in ((OLDER, ZERO, 1), (NEWER, ZERO, 2), (OTHERS, ONE, 3))
)


def test_what_was_accepted_and_nothing_else_is_right() -> None:
    assert failed(settled(), timelines([older, newer], [others])) == set()


@pytest.mark.parametrize(
    ("zero", "one", "check"),
    [
        ([older], [others], checks.NONE_MISSING),
        ([older, older, newer], [others], checks.NONE_TWICE),
        ([older, newer, {**newer, "id": "refused-1"}], [others], checks.NONE_REFUSED),
        ([older, newer, others], [], checks.OWNERS),
        ([newer, older], [others], checks.ORDER),
        ([older, {**newer, "touchpoint": {}}], [others], checks.CONTENT),
        ([older, {**newer, "source": "urn:it:c_a182:other"}], [others], checks.CONTENT),
    ],
)
def test_what_is_wrong_is_seen(
    zero: list[dict[str, Any]], one: list[dict[str, Any]], check: str
) -> None:
    assert check in failed(settled(), timelines(zero, one))


def test_linked_subjects_have_one_timeline() -> None:
    both, apart = [older, newer, others], timelines([older, newer], [others])

    assert failed(settled(), timelines(both, both), now=TOGETHER, ever=TOGETHER) == set()
    assert failed(settled(), apart, now=TOGETHER, ever=TOGETHER) == {checks.LINKED}
    assert failed(settled(), timelines(both, [others]), now=TOGETHER, ever=TOGETHER) == {
        checks.LINKED
    }


def test_an_undone_link_leaves_nothing_behind() -> None:
    both, apart = [older, newer, others], timelines([older, newer], [others])

    assert failed(settled(), apart, ever=TOGETHER) == set()
    assert failed(settled(), timelines(both, both), ever=TOGETHER) == {checks.UNLINKED}


def test_what_was_withdrawn_must_be_hidden_by_whomever_it_is_read() -> None:
    withdrawal = made("withdrawal", ZERO, 4, withdraws=OLDER)
    sent = Sent(3.0, 2, 1, ["withdrawal"], stores=True)
    judged = settled(withdrawal, sent, Answered(4.0, 2, 1, 0.1, 202, accepted=1))
    shown = item(withdrawal)

    right = [newer, others, shown]
    wrong = [older, *right]

    assert failed(judged, timelines([newer, shown], [others])) == set()
    assert failed(judged, timelines([older, newer, shown], [others])) == {checks.WITHDRAWN}
    assert failed(judged, timelines(right, right), now=TOGETHER, ever=TOGETHER) == set()
    assert failed(judged, timelines(right, wrong), now=TOGETHER, ever=TOGETHER) == {
        checks.WITHDRAWN
    }


def test_what_is_of_unknown_outcome_is_there_if_the_topic_has_it_and_only_then() -> None:
    sent = Sent(3.0, 2, 1, ["unknown"], stores=True)
    judged = settled(made("unknown", ZERO, 4), sent, Answered(4.0, 2, 1, 0.1, 503))
    shown = item(made("unknown", ZERO, 4))
    without, once, twice = (
        timelines([older, newer, *[shown] * times], [others]) for times in range(3)
    )

    assert failed(judged, without) == set()
    assert failed(judged, without, topic=["unknown"]) == {checks.NONE_MISSING}
    assert failed(judged, once, topic=["unknown"]) == set()
    assert failed(judged, once) == {checks.NONE_REFUSED}
    assert failed(judged, twice, topic=["unknown"]) == {checks.NONE_TWICE}


def test_what_was_sent_again_and_accepted_must_be_there() -> None:
    sent = [Sent(at, 2, attempt, ["again"], stores=True) for at, attempt in ((3.0, 1), (5.0, 2))]
    answers = [Answered(4.0, 2, 1, 0.1, None), Answered(6.0, 2, 2, 0.1, 202, accepted=1)]
    judged = settled(made("again", ZERO, 4), *sent, *answers)

    assert failed(judged, timelines([older, newer], [others])) == {checks.NONE_MISSING}


@pytest.mark.parametrize(
    ("ids", "at", "check"),
    [
        ([OLDER, OLDER, NEWER], 3.0, checks.PAGES),
        ([NEWER, OLDER], 3.0, checks.PAGES),
        ([NEWER], 10.0, checks.PAGES),
        ([OLDER, NEWER, OTHERS], 3.0, checks.PAGES),
        ([], 60.0, checks.FRESHNESS),
    ],
)
def test_unsteady_pages_are_seen(ids: list[str], at: float, check: str) -> None:
    before = read(ZERO, "asc", [OLDER, NEWER], at=2.5)
    judged = settled(before, read(ZERO, "asc", ids, at=at))

    assert check in {each.check for each in oracle.judge_pages(judged, APART) if not each.holds}


def test_events_of_linked_subjects_may_come_and_go_between_readings() -> None:
    with_others = read(ZERO, "asc", [OLDER, NEWER, OTHERS], at=2.5)
    judged = settled(with_others, read(ZERO, "asc", [OLDER, NEWER], at=10.0))

    assert all(each.holds for each in oracle.judge_pages(judged, TOGETHER))


def test_a_page_tells_of_which_subjects_it_shows_something() -> None:
    paged = Read(3.0, 4.0, ZERO, "asc", 2, 0, [OLDER, NEWER, OTHERS], [2, 1], 0)

    assert list(oracle.pages(settled(paged))) == [{ZERO}, {ONE}]
    assert list(links.subjects_of_pages([], [], {})) == []
