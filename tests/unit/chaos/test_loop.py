"""What the checks of the loop see: mails, suggestions and counts that should not be so."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.chaos import checks, loop
from tests.chaos.account import Account
from tests.chaos.ledger import Made
from tests.chaos.links import Sets
from tests.chaos.loop import Loop
from tests.chaos.oracle import Model
from tests.chaos.parents import BORN, Answer, Parent
from tests.chaos.subjects import Subject
from tests.support.rest import rests

WILLING = Parent(Subject("cf", "A"), "a@percorso.example", Answer.YES)
SILENT = Parent(Subject("cf", "B"), "b@percorso.example", Answer.NOTHING)
PARENTS = [WILLING, SILENT]
BIRTHS = {
    each.subject.value: Made(
        each.subject.value,
        "urn:x",
        each.subject.name,
        BORN,
        datetime(2026, 5, 4, tzinfo=UTC),
        0,
        {},
    )
    for each in PARENTS
}
MAIL = {"to": WILLING.address, "message_id": "<1@percorso>"}
GOOD = Loop(
    rests=True,
    mails=[MAIL],
    suggestions={"cf:A": [{"id": "1"}], "cf:B": []},
    failed={"cf:A": 0, "cf:B": 0},
    counted=2,
    recount="",
)


def failed(found: Loop) -> set[str]:
    account = Account(made=BIRTHS, accepted_at=dict.fromkeys(BIRTHS, 1.0))
    model = Model(account, BIRTHS, now=Sets([]), ever=Sets([]))
    return {each.check for each in loop.judge(found, PARENTS, model) if not each.holds}


LEVEL = {"lag": 0, "freshness_ms": 0}
RESTING: dict[str, dict[str, Any]] = {
    "insights": LEVEL | {"decisions": {"state": "runs", "waiting": 0}},
    "notifications": LEVEL | {"messages": {"waiting": 0, "sending": 0, "unknown": 1}},
    "journey": LEVEL,
}


def test_a_message_of_unknown_outcome_rests_too() -> None:
    assert rests(**RESTING)


@pytest.mark.parametrize(
    ("service", "changed"),
    [
        ("insights", {"decisions": {"state": "runs", "waiting": 1}}),
        ("notifications", {"messages": {"waiting": 1, "sending": 0, "unknown": 0}}),
        ("notifications", {"messages": {"waiting": 0, "sending": 1, "unknown": 0}}),
        ("journey", {"lag": 1}),
        ("insights", {"freshness_ms": 12}),
        ("insights", {"lag": None}),
    ],
)
def test_what_is_under_way_does_not_rest(service: str, changed: dict[str, Any]) -> None:
    assert not rests(**(RESTING | {service: RESTING[service] | changed}))


@pytest.mark.parametrize("service", RESTING)
def test_who_is_away_does_not_rest(service: str) -> None:
    assert not rests(**(RESTING | {service: {}}))


def test_a_loop_as_it_should_be_is_well() -> None:
    assert failed(GOOD) == set()


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"mails": [MAIL, MAIL]}, checks.MAILED_ONCE),
        ({"mails": [MAIL, {"to": SILENT.address, "message_id": "2"}]}, checks.NO_CONSENT),
        ({"suggestions": {"cf:A": [], "cf:B": []}, "mails": []}, checks.PROPOSED),
        ({"suggestions": {"cf:A": [{"id": "1"}], "cf:B": [{"id": "2"}]}}, checks.PROPOSED),
        ({"mails": []}, checks.ARRIVED),
        ({"rests": False}, checks.ARRIVED),
        ({"counted": 3}, checks.COUNTED),
        ({"recount": "live 1 rebuilt 2"}, checks.COUNTED),
    ],
)
def test_what_is_wrong_is_seen(changed: dict[str, Any], check: str) -> None:
    assert check in failed(replace(GOOD, **changed))


def test_a_mail_that_the_timeline_calls_failed_is_not_missed() -> None:
    assert failed(replace(GOOD, mails=[], failed={"cf:A": 1, "cf:B": 0})) == set()
