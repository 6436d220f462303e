"""Three-valued answers compared with a plain model: every completion of what is unknown is tried."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.insights.rules import (
    Answer,
    FactRow,
    FactsView,
    Verdict,
    compiling,
    evaluate,
    evaluation,
    trials,
    view,
)
from percorso.insights.rules.evaluation import Rule
from percorso.insights.rules.forms import FactForm, RuleForm
from tests.support.rules import shipped

NOW = datetime(2026, 5, 10, 9, tzinfo=UTC)
TODAY = date(2026, 5, 10)
TYPE = "eu.percorso.touchpoint.recorded.v1"
WORDS = {"it": "Così.", "en": "So."}

# Wider than what the rules compare with: the abstraction must not matter.
DOMAINS: Mapping[str, Sequence[Any]] = {
    "boolean-a": [False, True],
    "boolean-b": [False, True],
    "integer-a": list(range(8)),
    "text-a": ["red", "green", "blue", "black"],
    "date-a": [TODAY + timedelta(days=each) for each in range(-4, 5)],
}
FOLLOWS = {"any": [{"fact": "boolean-a", "is": True}, {"fact": "integer-a", "at_least": 4}]}


def a_fact(name: str) -> FactForm:
    kind = name.partition("-")[0]
    source = {"types": [TYPE], "where": {"name": name}, "member": "outcome"}
    return FactForm.model_validate(
        {"name": name, "kind": kind, "words": WORDS, "from": [source], "register": "anpr"},
        strict=False,
    )


FORMS = {name: a_fact(name) for name in DOMAINS} | {
    "boolean-follows": FactForm.model_validate(
        {"name": "boolean-follows", "kind": "boolean", "words": WORDS, "when": FOLLOWS},
        strict=False,
    )
}
SERVICE = shipped().services["isee"]  # it has no deadline
TRIGGER = FactRow(UUID(int=1), TYPE, NOW, None, None, "c_a182", {"name": "trigger"})

_DAYS = st.integers(-3, 3)
_BOOLEANS = st.sampled_from(["boolean-a", "boolean-b", "boolean-follows"])
_LEAVES = st.one_of(
    st.fixed_dictionaries({"fact": _BOOLEANS, "is": st.booleans()}),
    st.fixed_dictionaries({"fact": st.just("integer-a"), "at_least": st.integers(0, 6)}),
    st.fixed_dictionaries({"fact": st.just("integer-a"), "at_most": st.integers(0, 6)}),
    st.fixed_dictionaries({"fact": st.just("integer-a"), "is": st.integers(0, 6)}),
    st.fixed_dictionaries({"fact": st.just("text-a"), "is": st.sampled_from(["red", "green"])}),
    st.fixed_dictionaries({"fact": st.just("text-a"), "in": st.just(["green", "blue"])}),
    st.fixed_dictionaries({"fact": st.just("date-a"), "from": _DAYS.map(lambda n: {"days": n})}),
    st.fixed_dictionaries({"fact": st.just("date-a"), "until": _DAYS.map(lambda n: {"days": n})}),
)


def _joined(parts: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        several.map(lambda each: {"all": each}),
        several.map(lambda each: {"any": each}),
        parts.map(lambda each: {"not": each}),
    )


CONDITIONS = st.recursive(_LEAVES, _joined, max_leaves=7)
KNOWLEDGE = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in DOMAINS.items()}
)


def a_rule(when: dict[str, Any]) -> Rule:
    form = RuleForm.model_validate(
        {
            "code": "any-rule",
            "version": 1,
            "service": "isee",
            "valid_from": "2020-01-01",
            "legal_reference": {"it": "Legge", "en": "Law", "url": "https://www.normattiva.it/"},
            "owner": "comune",
            "trigger": {"types": [TYPE], "where": {"name": "trigger"}, "words": WORDS},
            "when": when | {"words": WORDS},
            "tests": [],
        },
        strict=False,
    )
    return compiling.rule(form, SERVICE, FORMS)


def supposing(known: Mapping[str, Any]) -> FactsView:
    facts = view([TRIGGER])
    for name, value in known.items():
        facts = facts.supposing(name, value)
    return facts


# The plain model: two-valued, by reading the condition as it is written.


def holds(when: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    match when:
        case {"all": parts}:
            return all(holds(part, known) for part in parts)
        case {"any": parts}:
            return any(holds(part, known) for part in parts)
        case {"not": part}:
            return not holds(part, known)
    if when["fact"] == "boolean-follows":
        return (known["boolean-a"] or known["integer-a"] >= 4) is when["is"]
    return compares(when, known[when["fact"]])


def compares(when: Mapping[str, Any], value: Any) -> bool:
    if "is" in when or "in" in when:
        return value in when.get("in", [when.get("is")])
    if "at_least" in when or "from" in when:
        return bool(value >= when.get("at_least", a_day(when.get("from"))))
    return bool(value <= when.get("at_most", a_day(when.get("until"))))


def a_day(offset: Mapping[str, int] | None) -> date:
    return TODAY + timedelta(days=(offset or {"days": 0})["days"])


def used(when: Mapping[str, Any]) -> set[str]:
    if "fact" in when:
        named = when["fact"]
        return {"boolean-a", "integer-a"} if named == "boolean-follows" else {named}
    parts = [when["not"]] if "not" in when else when.get("all", when.get("any"))
    return set().union(*(used(part) for part in parts))


def completions(names: Sequence[str]) -> Iterator[dict[str, Any]]:
    for values in product(*(DOMAINS[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def could_settle(
    when: Mapping[str, Any], known: Mapping[str, Any], chosen: Sequence[str], rest: Sequence[str]
) -> bool:
    """Say whether some values of the chosen make it true whatever the rest is."""
    return any(
        all(holds(when, {**known, **some, **others}) for others in completions(rest))
        for some in completions(chosen)
    )


def plainly(when: Mapping[str, Any], known: Mapping[str, Any]) -> tuple[Verdict, int]:
    """Return the verdict, and how many facts are missing at least."""
    unknown = sorted(used(when) - known.keys())
    truths = {holds(when, {**known, **each}) for each in completions(unknown)}
    if truths == {True}:
        return Verdict.YES, 0
    if truths == {False}:
        return Verdict.NO, 0
    sizes = (
        size
        for size in range(1, len(unknown) + 1)
        for chosen in combinations(unknown, size)
        if could_settle(when, known, chosen, [each for each in unknown if each not in chosen])
    )
    return Verdict.MISSING, next(sizes)


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, KNOWLEDGE)
def test_an_answer_is_that_of_the_plain_model(when: dict[str, Any], known: dict[str, Any]) -> None:
    known = {name: value for name, value in known.items() if name in used(when)}
    verdict, size = plainly(when, known)

    answer = evaluate(a_rule(when), supposing(known), NOW)

    assert answer.verdict is verdict
    assert len(answer.missing) == size


@settings(max_examples=150, deadline=None)
@given(CONDITIONS, KNOWLEDGE)
def test_what_is_missing_could_make_it_yes_and_nothing_less_could(
    when: dict[str, Any], known: dict[str, Any]
) -> None:
    answer = evaluate(a_rule(when), supposing(known), NOW)
    missing = [fact.name for fact in answer.missing]
    rest = sorted(used(when) - known.keys() - set(missing))

    if missing:
        assert could_settle(when, known, missing, rest)
        for left_out in missing:
            fewer = [name for name in missing if name != left_out]
            assert not could_settle(when, known, fewer, sorted([*rest, left_out]))


@settings(max_examples=100, deadline=None)
@given(CONDITIONS, st.lists(KNOWLEDGE, min_size=1, max_size=8))
def test_the_same_facts_give_the_same_answer_whatever_was_asked_before(
    when: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    remembering = a_rule(when)

    told = [evaluate(remembering, supposing(known), NOW) for known in asked]

    anew = [evaluate(a_rule(when), supposing(known), NOW) for known in asked]
    assert [said(answer) for answer in told] == [said(answer) for answer in anew]


def test_what_was_found_is_remembered_within_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "_MOST_FOUND", 2)
    rule = a_rule({"all": [{"fact": "boolean-a", "is": True}, {"fact": "integer-a", "is": 3}]})
    knowledge: list[dict[str, Any]] = [{}, {"boolean-a": True}, {"integer-a": 3}, {}]

    told = [said(evaluate(rule, supposing(known), NOW)) for known in knowledge]

    assert told == [
        (Verdict.MISSING, ["boolean-a", "integer-a"]),
        (Verdict.MISSING, ["integer-a"]),
        (Verdict.MISSING, ["boolean-a"]),
        (Verdict.MISSING, ["boolean-a", "integer-a"]),
    ]
    assert len(rule.found_missing) <= 2


def said(answer: Answer) -> tuple[Verdict, list[str]]:
    return answer.verdict, [fact.name for fact in answer.missing]


@settings(max_examples=100, deadline=None)
@given(CONDITIONS)
def test_a_rule_is_refused_as_never_true_when_no_facts_make_it_true(when: dict[str, Any]) -> None:
    is_ever_true = any(holds(when, each) for each in completions(sorted(used(when))))

    pointers = [fault.pointer for fault in trials.faults("rules/any-rule.json", a_rule(when))]

    assert ("/when" not in pointers) is is_ever_true
