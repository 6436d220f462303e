"""The chaos run's oracle sees what is wrong with a timeline."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.chaos import account, checks, oracle
from tests.chaos.account import Account
from tests.chaos.citizens import AGENCY, SOURCE
from tests.chaos.ledger import Answered, Entry, Made, Read, Sent
from tests.chaos.pages import Timeline

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TYPE = "eu.percorso.page.viewed.v1"
OLDER, NEWER, OTHERS = "older", "newer", "others"


def made(id: str, citizen: int, minutes: int, **more: Any) -> Made:  # noqa: A002 - the event's
    time = NOON + timedelta(minutes=minutes)
    return Made(id, citizen, TYPE, time, 0, {"matter": f"owner-{citizen}"}, **more)


def settled(*further: Entry) -> Account:
    """Return the account of three events that were accepted: two of citizen 0, one of citizen 1."""
    events = [made(OLDER, 0, 1), made(NEWER, 0, 2), made(OTHERS, 1, 3)]
    sent = Sent(1.0, 1, 1, [OLDER, NEWER, OTHERS], stores=True)
    return account.of([*events, sent, Answered(2.0, 1, 1, 0.1, 202, accepted=3), *further])


def item(event: Made, **changed: object) -> dict[str, Any]:
    own = {"id": event.id, "source": SOURCE, "type": TYPE, "agency": AGENCY}
    shown = {"occurred_at": event.time.isoformat(), "matter": f"owner-{event.citizen}"}
    return {**own, **shown, "touchpoint": event.touchpoint, **changed}


def timelines(zero: Sequence[dict[str, Any]], one: Sequence[dict[str, Any]]) -> list[Timeline]:
    return [
        Timeline(read(citizen, order, [each["id"] for each in items]), items)
        for citizen, ascending in enumerate((list(zero), list(one)))
        for order, items in (("asc", ascending), ("desc", ascending[::-1]))
    ]


def read(citizen: int, order: str, ids: list[str], *, at: float = 3.0) -> Read:
    return Read(at, at + 1, citizen, order, 200, 0, ids, 0)


def failed(judged: Account, shown: Sequence[Timeline]) -> set[str]:
    return {each.check for each in oracle.judge_timelines(judged, shown) if not each.holds}


older, newer, others = (
    item(made(*each)) for each in ((OLDER, 0, 1), (NEWER, 0, 2), (OTHERS, 1, 3))
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
    ],
)
def test_what_is_wrong_is_seen(
    zero: list[dict[str, Any]], one: list[dict[str, Any]], check: str
) -> None:
    assert check in failed(settled(), timelines(zero, one))


def test_what_was_withdrawn_must_be_hidden() -> None:
    withdrawal = made("withdrawal", 0, 4, withdraws=OLDER)
    sent = Sent(3.0, 2, 1, ["withdrawal"], stores=True)
    judged = settled(withdrawal, sent, Answered(4.0, 2, 1, 0.1, 202, accepted=1))

    shown = item(withdrawal)

    assert failed(judged, timelines([newer, shown], [others])) == set()
    assert failed(judged, timelines([older, newer, shown], [others])) == {checks.WITHDRAWN}


def test_what_is_of_unknown_outcome_may_be_there_once_or_not() -> None:
    sent = Sent(3.0, 2, 1, ["unknown"], stores=True)
    judged = settled(made("unknown", 0, 4), sent, Answered(4.0, 2, 1, 0.1, 503))
    shown = item(made("unknown", 0, 4))

    assert failed(judged, timelines([older, newer], [others])) == set()
    assert failed(judged, timelines([older, newer, shown], [others])) == set()
    assert failed(judged, timelines([older, newer, shown, shown], [others])) == {checks.NONE_TWICE}


def test_what_was_sent_again_and_accepted_must_be_there() -> None:
    sent = [Sent(at, 2, attempt, ["again"], stores=True) for at, attempt in ((3.0, 1), (5.0, 2))]
    answers = [Answered(4.0, 2, 1, 0.1, None), Answered(6.0, 2, 2, 0.1, 202, accepted=1)]
    judged = settled(made("again", 0, 4), *sent, *answers)

    assert failed(judged, timelines([older, newer], [others])) == {checks.NONE_MISSING}


@pytest.mark.parametrize(
    ("ids", "at", "check"),
    [
        ([OLDER, OLDER, NEWER], 3.0, checks.PAGES),
        ([NEWER, OLDER], 3.0, checks.PAGES),
        ([NEWER], 10.0, checks.PAGES),
        ([], 60.0, checks.FRESHNESS),
    ],
)
def test_unsteady_pages_are_seen(ids: list[str], at: float, check: str) -> None:
    before = read(0, "asc", [OLDER, NEWER], at=2.5)
    judged = settled(before, read(0, "asc", ids, at=at))

    assert check in {each.check for each in oracle.judge_pages(judged) if not each.holds}
