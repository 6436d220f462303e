"""What sets a rule off, what it answers, and that no order of events changes that."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest

from percorso.insights.rules import (
    Answer,
    FactRow,
    Ruleset,
    Verdict,
    evaluate,
    explain,
    flip,
    judge,
    view,
)
from percorso.insights.rules.evaluation import answers
from tests.support.rules import edited, shipped

NOW = datetime(2026, 5, 10, 9, tzinfo=UTC)
BIRTH = "eu.percorso.birth.registered.v1"
SUBMITTED = "eu.percorso.application.submitted.v1"
NOTICE = "eu.percorso.payment.requested.v1"
PAID = "eu.percorso.payment.made.v1"
RECORDED = "eu.percorso.touchpoint.recorded.v1"
RECEIVED = "eu.percorso.application.received.v1"
DECIDED = "eu.percorso.application.decided.v1"


def a_row(number: int, type: str = BIRTH, *, ago: timedelta, **payload: object) -> FactRow:  # noqa: A002 - CloudEvents' word
    service = payload.get("service")
    return FactRow(
        event_key=UUID(int=number),
        type=type,
        occurred_at=NOW - ago,
        service=service if isinstance(service, str) else None,
        matter=None,
        agency="c_a182",
        payload=payload,
    )


def days(count: int) -> timedelta:
    return timedelta(days=count)


def told_of(rows: Sequence[FactRow]) -> str:
    answers = shipped().evaluate(view(rows), NOW)
    return repr([(*each[:4], each.trace, each.due) for each in answers])


def the_allowance(*rows: FactRow) -> Answer:
    return evaluate(shipped().rules["assegno-unico-nascita"], view(rows), NOW)


def test_an_event_of_today_sets_a_rule_off() -> None:
    answer = the_allowance(a_row(1, ago=days(0), born_on="2026-05-09"))

    assert answer.verdict is Verdict.YES
    assert str(answer.due) == "2026-09-06"


@pytest.mark.parametrize(
    ("ago", "expected"), [(29, Verdict.YES), (30, Verdict.NO), (31, Verdict.NO)]
)
def test_an_event_older_than_the_window_does_not(ago: int, expected: Verdict) -> None:
    assert the_allowance(a_row(1, ago=days(ago), born_on="2026-04-01")).verdict is expected


def test_an_import_of_years_ago_sets_nothing_off() -> None:
    rows = [a_row(n, ago=days(365 * n), born_on="2015-01-01") for n in range(1, 12)]

    assert shipped().evaluate(view(rows), NOW) == []


def test_nothing_sets_a_rule_off_that_is_not_in_force() -> None:
    facts = view([a_row(1, ago=days(1), born_on="2021-12-20")])

    before = evaluate(
        shipped().rules["assegno-unico-nascita"], facts, datetime(2022, 2, 28, tzinfo=UTC)
    )

    assert before.verdict is Verdict.NO
    assert before.trigger is None


def test_a_rule_ends_with_its_last_day_in_italy() -> None:
    rule = shipped().rules["bonus-nuovi-nati"]
    last = datetime(2027, 4, 30, 21, 59, tzinfo=UTC)
    born = a_row(1, ago=days(0), born_on="2026-12-31")._replace(occurred_at=last - days(3))
    facts = view([born]).supposing("isee.is-within-40000", value=True)

    assert evaluate(rule, facts, last).verdict is Verdict.YES
    assert evaluate(rule, facts, last + timedelta(minutes=1)).verdict is Verdict.NO


def test_each_event_that_sets_a_rule_off_is_answered() -> None:
    rows = [
        a_row(1, NOTICE, ago=days(3), notice="A", due="2026-06-01T00:00:00Z", amount_cents=1),
        a_row(2, NOTICE, ago=days(2), notice="B", due="2026-06-02T00:00:00Z", amount_cents=1),
        a_row(3, PAID, ago=days(1), notice="A", amount_cents=1),
    ]

    given = list(answers({NOTICE: (shipped().rules["pagamento-richiesto"],)}, view(rows), NOW))

    assert [(each.trigger and each.trigger.event_key.int, each.verdict) for each in given] == [
        (2, Verdict.YES),
        (1, Verdict.NO),
    ]


def test_the_best_answer_counts_and_of_equals_the_newest() -> None:
    older, newer = (a_row(n, ago=days(5 - n), born_on="2026-05-01") for n in (1, 2))

    assert the_allowance(older, newer).trigger == newer


def test_a_member_that_is_absent_or_of_another_kind_is_unknown() -> None:
    for payload in ({}, {"born_on": None}, {"born_on": 3}, {"born_on": "yesterday"}):
        answer = the_allowance(a_row(1, ago=days(1), **payload))

        assert answer.verdict is Verdict.MISSING
        assert [fact.name for fact in answer.missing] == ["child.born-on"]


def test_any_order_of_the_events_gives_the_same_answers() -> None:
    rows = [
        a_row(1, ago=days(6), born_on="2026-05-01", order=2),
        a_row(2, ago=days(6), born_on="2026-05-01", order=3),
        a_row(3, SUBMITTED, ago=days(6), form="scelta-pediatra"),
        a_row(4, NOTICE, ago=days(1), notice="A", due="2026-06-01T00:00:00Z", amount_cents=1),
    ]

    told = {told_of(order) for order in permutations(rows)}

    assert len(told) == 1


def test_a_no_says_what_does_not_hold() -> None:
    answer = the_allowance(
        a_row(1, ago=days(4), born_on="2026-05-01"),
        a_row(2, SUBMITTED, ago=days(2), form="assegno-unico"),
    )

    reasons = explain(answer, shipped().registers).reasons

    assert [reason.words.en for reason in reasons] == ["No application is known since."]
    assert reasons[0].events == (UUID(int=2),)


def test_a_reason_quotes_what_it_rests_on_as_people_write_it() -> None:
    answer = the_allowance(a_row(1, ago=days(4), born_on="2026-05-01"))

    words = explain(answer, shipped().registers).reasons[0].words

    assert "nato il 1º maggio 2026" in words.it
    assert "born on 1 May 2026" in words.en


def test_of_a_no_for_two_reasons_no_one_fact_flips_it() -> None:
    rows = [
        a_row(1, ago=days(4), born_on="2000-05-01"),
        a_row(2, SUBMITTED, ago=days(2), form="assegno-unico"),
    ]

    assert flip(shipped().rules["assegno-unico-nascita"], view(rows), NOW) is None


def test_a_yes_that_no_one_fact_carries_is_flipped_by_the_trigger() -> None:
    def either(rule: dict[str, object]) -> dict[str, object]:
        born = {"fact": "child.born-on", "from": {"years": -1}}
        first = {"fact": "child.order", "at_most": 1}
        words = {"it": "Una delle due.", "en": "One of the two."}
        return rule | {"when": {"any": [born, first], "words": words}, "tests": BOTH}

    changed = judge(edited({"rules/assegno-unico-nascita.json": either}))
    assert isinstance(changed, Ruleset), changed
    rule = changed.rules["assegno-unico-nascita"]
    facts = view([a_row(1, ago=days(4), born_on="2026-05-01", order=1)])

    found = flip(rule, facts, NOW)

    assert found is not None
    assert (found.fact, found.value) == ("trigger", False)
    assert evaluate(rule, facts.supposing(found.fact, found.value), NOW).verdict is Verdict.NO


def _birth_test(expected: str, **touchpoint: object) -> dict[str, object]:
    born = {"type": BIRTH, "at": "2026-05-06T09:00:00Z", "touchpoint": touchpoint}
    now = NOW.isoformat()
    return {"name": expected, "now": now, "events": [born], "expected": expected}


BOTH = [
    _birth_test("yes", born_on="2026-05-01", order=1),
    _birth_test("yes", born_on="2026-05-01", order=2),
    _birth_test("no", born_on="2020-05-01", order=2),
]


def test_the_shuffled_history_of_a_busy_citizen_changes_nothing() -> None:
    chance = random.Random(7)
    rows = [a_row(n, SUBMITTED, ago=timedelta(hours=n), form=f"form-{n % 5}") for n in range(200)]
    rows += [a_row(1_000, ago=days(3), born_on="2026-05-01", order=1)]
    told = told_of(rows)

    chance.shuffle(rows)

    assert told_of(rows) == told


@pytest.mark.parametrize(
    ("said", "expected"),
    [(["yes", "no"], Verdict.NO), (["no", "yes"], Verdict.YES), (["yes", "yes", "no"], Verdict.NO)],
)
def test_the_newest_of_several_events_says_what_a_fact_is(
    said: list[str], expected: Verdict
) -> None:
    question = "verifica-isee-40000"
    told = [
        a_row(10 + n, RECORDED, ago=timedelta(hours=9 - n), name=question, outcome=outcome)
        for n, outcome in enumerate(said)
    ]
    born = a_row(1, ago=days(3), born_on="2026-05-01")

    answer = evaluate(shipped().rules["bonus-nuovi-nati"], view([*told, born]), NOW)

    assert answer.verdict is expected


def test_of_several_types_too_the_newest_event_is_named() -> None:
    rows = [
        a_row(1, ago=days(4), born_on="2026-05-01"),
        a_row(2, RECEIVED, ago=days(1), service="assegno-unico"),
        a_row(3, SUBMITTED, ago=days(2), service="assegno-unico"),
        a_row(4, DECIDED, ago=days(3), service="assegno-unico"),
    ]

    reasons = explain(the_allowance(*rows), shipped().registers).reasons

    assert reasons[0].events == (UUID(int=2),)


def test_what_a_fact_is_for_one_service_it_is_not_for_another() -> None:
    rows = [
        a_row(1, ago=days(4), born_on="2026-05-01"),
        a_row(2, SUBMITTED, ago=days(2), form="iscrizione-asilo-nido"),
    ]

    verdicts = {each.rule.service: each.verdict for each in shipped().evaluate(view(rows), NOW)}

    assert verdicts["assegno-unico"] is Verdict.YES
    assert verdicts["iscrizione-asilo-nido"] is Verdict.NO
    assert verdicts["scelta-pediatra"] is Verdict.YES


def test_of_two_events_one_alone_may_be_asked_about() -> None:
    rule = shipped().rules["pagamento-richiesto"]
    rows = [
        a_row(1, NOTICE, ago=days(3), notice="A", due="2026-06-01T00:00:00Z", amount_cents=1),
        a_row(2, NOTICE, ago=days(2), notice="B", due="2026-06-02T00:00:00Z", amount_cents=1),
        a_row(3, PAID, ago=days(1), notice="B", amount_cents=1),
    ]

    told = [evaluate(rule, view(rows), NOW, trigger=UUID(int=key)).verdict for key in (1, 2, 9)]
    flips = [flip(rule, view(rows), NOW, trigger=UUID(int=key)) for key in (1, 2)]

    assert told == [Verdict.YES, Verdict.NO, Verdict.NO]
    assert [found and str(found.known) for found in flips] == ["2026-06-01", "True"]
