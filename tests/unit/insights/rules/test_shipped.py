"""The set that is shipped: what every service and every rule of it must have."""

import json
from datetime import datetime

import pytest

from percorso.events.types.own import Words
from percorso.insights.facts.rows import MEMBERS
from percorso.insights.rules import FactsView, Rule, Verdict, evaluate, explain, flip
from percorso.insights.rules.conditions import PLACEHOLDER
from percorso.insights.rules.trials import facts_of
from percorso.insights.rules.view import TRIGGER
from tests.support.rules import shipped, shipped_files

RULES = sorted(shipped().rules)
LEAST_SERVICES = 12


def a_yes(rule: Rule) -> tuple[FactsView, datetime]:
    test = next(each for each in rule.form.tests if each.expected == "yes")
    return facts_of(test), test.now


def test_there_are_services_enough_and_duties_among_them() -> None:
    purposes = [each.purpose for each in shipped().services.values()]

    assert len(purposes) >= LEAST_SERVICES
    assert purposes.count("service-notices") >= 2


def test_every_service_is_proposed_by_a_rule() -> None:
    proposed = {rule.service for rule in shipped().rules.values()}

    assert proposed == set(shipped().services)


def test_every_fact_is_used() -> None:
    facts = json.loads(shipped_files()["facts.json"])
    text = b"".join(raw for name, raw in shipped_files().items() if name != "facts.json").decode()
    text += json.dumps([fact.get("when") for fact in facts])

    assert {fact["name"] for fact in facts if fact["name"] not in text} == set()


@pytest.mark.parametrize("code", RULES)
def test_a_rule_answers_yes_and_no_in_its_tests(code: str) -> None:
    expected = {each.expected for each in shipped().rules[code].form.tests}

    assert {"yes", "no"} <= expected


@pytest.mark.parametrize("code", RULES)
def test_a_yes_has_reasons_in_both_languages_and_the_event_it_rests_on(code: str) -> None:
    rule = shipped().rules[code]
    answer = evaluate(rule, *a_yes(rule))

    explanation = explain(answer, shipped().registers)

    assert answer.trigger is not None
    assert answer.trigger.event_key in explanation.reasons[0].events
    assert len(explanation.reasons) == len(rule.lines) + 1
    assert all(is_plain(reason.words) for reason in explanation.reasons)
    assert explanation.missing == ()


def is_plain(words: Words) -> bool:
    return not PLACEHOLDER.search(words.it + words.en) and "unknown" not in words.en


@pytest.mark.parametrize("code", RULES)
def test_changing_the_one_fact_flips_every_decision(code: str) -> None:
    rule = shipped().rules[code]

    for test in rule.form.tests:
        facts = facts_of(test)
        before = evaluate(rule, facts, test.now)
        found = flip(rule, facts, test.now)
        if found is None:
            assert before.verdict is not Verdict.YES
            continue
        after = evaluate(rule, facts.supposing(found.fact, found.value), test.now)
        assert (before.verdict is Verdict.YES) is not (after.verdict is Verdict.YES)
        assert found.value != found.known


@pytest.mark.parametrize("code", RULES)
def test_without_the_trigger_nothing_is_proposed(code: str) -> None:
    rule = shipped().rules[code]
    facts, now = a_yes(rule)

    assert evaluate(rule, facts.supposing(TRIGGER, value=False), now).verdict is Verdict.NO


@pytest.mark.parametrize("code", RULES)
def test_what_is_missing_names_who_could_supply_it(code: str) -> None:
    rule = shipped().rules[code]
    answers = [evaluate(rule, facts_of(each), each.now) for each in rule.form.tests]

    for answer in answers:
        missing = explain(answer, shipped().registers).missing
        assert bool(missing) is (answer.verdict is Verdict.MISSING)
        assert all(each.register is not None for each in missing)


def test_insights_keeps_what_rules_ask_for() -> None:
    # The loader refuses anything else; this says that it is asked with the real list.
    assert {"born_on", "notice", "due", "document"} <= set(MEMBERS)
