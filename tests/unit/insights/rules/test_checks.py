"""What refuses a set of rules, and that each fault names its file and place."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from percorso.insights.rules import Fault, Ruleset, judge
from percorso.insights.rules.files import version
from tests.support.rules import Edit, edited, refused, shipped, shipped_files

RULE = "rules/assegno-unico-nascita.json"
SERVICE = "services/assegno-unico.json"
WORDS = {"it": "Così.", "en": "So."}
BIRTH = "eu.percorso.birth.registered.v1"


def within(*path: str | int, value: object) -> Edit:
    """Return an edit that sets a value at a path; the value's own function changes what is there."""

    def edit(document: Any) -> Any:
        here = document
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value(here[path[-1]]) if callable(value) else value
        return document

    return edit


def without(*path: str | int) -> Edit:
    """Return an edit that removes a member."""

    def edit(document: Any) -> Any:
        here = document
        for step in path[:-1]:
            here = here[step]
        del here[path[-1]]
        return document

    return edit


def a_fact(**changes: object) -> Callable[[list[Any]], list[Any]]:
    """Return an edit of the dictionary that adds a fact."""
    source = {"types": [BIRTH], "member": "order"}
    fact = {"name": "new.fact", "kind": "integer", "words": WORDS, "from": [source]}
    return lambda facts: [*facts, fact | {"register": "anpr"} | changes]


def following(*pairs: tuple[str, str]) -> Edit:
    """Return an edit of the dictionary that adds facts, each of which follows from another."""
    return lambda facts: [
        *facts,
        *(
            {
                "name": name,
                "kind": "boolean",
                "words": WORDS,
                "when": {
                    "any": [{"fact": of, "is": True}, {"fact": "payment.is-made", "is": True}]
                },
            }
            for name, of in pairs
        ),
    ]


def saying(name: str) -> Edit:
    """Return an edit of the dictionary that adds a fact whose words quote a text."""
    words = {"it": f"{{{name}}}", "en": f"{{{name}}}"}
    when = {"fact": name, "is": "z", "words": words}
    fact = {"name": "of.text", "kind": "boolean", "words": WORDS, "when": when}
    return lambda facts: [*facts, fact]


def a_copy_of(file: str, **changes: object) -> Edit:
    """Return an edit that makes a new file of another's content."""
    return lambda _: json.loads(shipped_files()[file]) | changes


ADDED = len(json.loads(shipped_files()["facts.json"]))
TWICE_TRUE = {"fact": "child.order", "at_least": 3}
NEVER = {"all": [TWICE_TRUE, {"not": TWICE_TRUE}], "words": WORDS}
NEVER_BY_DAYS = {
    "all": [
        {"fact": "child.born-on", "from": {"years": -3}},
        {"fact": "child.born-on", "until": {"years": -5}},
    ],
    "words": WORDS,
}
NEVER_SAID = {"fact": "payment.is-made", "is": False, "words": WORDS}

CASES: list[tuple[str, str, Edit, str]] = [
    ("unknown fact", RULE, within("when", "all", 0, "fact", value="child.shoe-size"), "/when/all/0/fact"),
    ("unknown fact in words", RULE, within("trigger", "words", "it", value="Il {no.fact}."), "/trigger/words"),
    ("any text in words", "facts.json", lambda all_: saying("a.text")(a_fact(name="a.text", kind="text")(all_)), f"/{ADDED + 1}/when/words"),
    ("a text that is never so", "facts.json", lambda all_: saying("a.text")(a_fact(name="a.text", kind="text", values=["x", "y"])(all_)), f"/{ADDED + 1}/when/is"),
    ("words that nobody reads to the end", RULE, within("trigger", "words", "en", value="So. " * 200), "/trigger/words"),
    ("unknown fact of a test", RULE, within("tests", 0, "missing", value=["no.fact"]), "/tests/0/missing/0"),
    ("unknown service", RULE, within("service", value="no-service"), "/service"),
    ("unknown owner", RULE, within("owner", value="no-agency"), "/owner"),
    ("unknown event type", RULE, within("trigger", "types", value=["eu.percorso.no.such.v1"]), "/trigger/types/0"),
    ("an own event as trigger", RULE, within("trigger", "types", value=["eu.percorso.suggestion.made.v1"]), "/trigger/types/0"),
    ("unknown member of the trigger", RULE, within("trigger", "where", value={"weight": 3}), "/trigger/where/weight"),
    ("a member that insights does not keep", RULE, within("trigger", "where", value={"language": "it"}), "/trigger/where/language"),
    ("wrong comparison", RULE, within("when", "all", 0, value={"fact": "child.born-on", "at_least": 3, "words": WORDS}), "/when/all/0/at_least"),
    ("operand of another kind", RULE, within("when", "all", 0, value={"fact": "child.order", "is": "one", "words": WORDS}), "/when/all/0/is"),
    ("two comparisons", RULE, within("when", "all", 0, "until", value="2026-01-01"), "/when/all/0"),
    ("no comparison", RULE, without("when", "all", 0, "from"), "/when/all/0"),
    ("a condition of two forms", RULE, within("when", "not", value={"fact": "child.order", "is": 1}), "/when"),
    ("no words", RULE, without("when", "all", 0, "words"), "/when/all/0"),
    ("too many parts", RULE, within("when", "all", value=lambda parts: parts * 20), "/when"),
    ("bad date", RULE, within("valid_from", value="2026-02-30"), "/valid_from"),
    ("dates in the wrong order", RULE, within("valid_to", value="2021-01-01"), "/valid_to"),
    ("bad time of a test", RULE, within("tests", 0, "now", value="yesterday"), "/tests/0/now"),
    ("no legal reference", RULE, without("legal_reference"), ""),
    ("no English words", RULE, without("trigger", "words", "en"), "/trigger/words"),
    ("unknown member of the form", RULE, within("priority", value=3), "/priority"),
    ("fewer than three tests", RULE, within("tests", value=lambda tests: tests[:2]), "/tests"),
    ("no tests", RULE, without("tests"), ""),
    ("a failing test", RULE, within("tests", 1, "expected", value="yes"), "/tests/1/expected"),
    ("the wrong facts are missing", "rules/naspi-fine-lavoro.json", within("tests", 1, "missing", value=["child.order"]), "/tests/1/missing"),
    ("a test with an event nobody may send", RULE, within("tests", 0, "events", 0, "touchpoint", value={}), "/tests/0/events"),
    ("a test with an unknown type", RULE, within("tests", 0, "events", 0, "type", value="eu.percorso.x.y.v1"), "/tests/0/events"),
    ("never true", RULE, within("when", value=NEVER), "/when"),
    ("never true on any day", RULE, within("when", value=NEVER_BY_DAYS), "/when"),
    ("another code than the file's", RULE, within("code", value="another"), "/code"),
    ("a second file of one code", "rules/second.json", a_copy_of(RULE), "/code"),
    ("unknown agency", SERVICE, within("agency", value="no-agency"), "/agency"),
    ("unknown channel", SERVICE, within("channels", value=["02.2", "99"]), "/channels/1"),
    ("a channel twice", SERVICE, within("channels", value=["02.2", "02.2"]), "/channels"),
    ("no channel", SERVICE, within("channels", value=[]), "/channels"),
    ("unknown life event", SERVICE, within("life_event", value="20"), "/life_event"),
    ("unknown purpose", SERVICE, within("purpose", value="advertising"), "/purpose"),
    ("no https", SERVICE, within("contact", value="http://www.inps.it/"), "/contact"),
    ("a deadline after nothing", SERVICE, within("deadline", "after", value="no.fact"), "/deadline/after"),
    ("a deadline after a number", SERVICE, within("deadline", "after", value="child.order"), "/deadline/after"),
    ("a register of nobody", "registers.json", within(0, "agency", value="nobody"), "/0/agency"),
    ("a register twice", "registers.json", lambda all_: [*all_, all_[0]], "/8/code"),
    ("an agency twice", "agencies.json", lambda all_: [*all_, all_[0]], "/10/code"),
    ("a fact twice", "facts.json", lambda all_: [*all_, all_[0]], f"/{ADDED}/name"),
    ("a fact of no register", "facts.json", a_fact(register="nowhere"), f"/{ADDED}/register"),
    ("a fact that nobody could supply", "facts.json", a_fact(register=None), f"/{ADDED}"),
    ("a fact from no type", "facts.json", a_fact(**{"from": [{"types": ["eu.percorso.x.y.v1"], "value": 1}]}), f"/{ADDED}/from/0/types/0"),
    ("a fact from no member", "facts.json", a_fact(**{"from": [{"types": [BIRTH], "member": "weight"}]}), f"/{ADDED}/from/0/member"),
    ("a fact from a member of the trigger that is not kept", "facts.json", a_fact(**{"from": [{"types": [BIRTH], "where": {"service": {"trigger": "text"}}, "value": 1}]}), f"/{ADDED}/from/0/where/service/trigger"),
    ("a source that says nothing", "facts.json", a_fact(**{"from": [{"types": [BIRTH]}]}), f"/{ADDED}/from/0"),
    ("a value of another kind", "facts.json", a_fact(**{"from": [{"types": [BIRTH], "value": "one"}]}), f"/{ADDED}/from/0/value"),
    ("otherwise of another kind", "facts.json", a_fact(otherwise="none"), f"/{ADDED}/otherwise"),
    ("a fact from nowhere", "facts.json", a_fact(**{"from": []}), f"/{ADDED}"),
    ("a number that follows", "facts.json", a_fact(**{"from": [], "when": {"fact": "payment.is-made", "is": True}}), f"/{ADDED}"),
    ("a fact that follows from nothing", "facts.json", following(("b.fact", "no.fact")), f"/{ADDED}/when/any/0/fact"),
    ("a text compared as a boolean", "facts.json", lambda all_: following(("b.fact", "a.fact"))(a_fact(name="a.fact", kind="text")(all_)), f"/{ADDED + 1}/when/any/0/is"),
    ("a cycle of one", "facts.json", following(("a.fact", "a.fact")), f"/{ADDED}/when"),
    ("a cycle of three", "facts.json", following(("a.fact", "b.fact"), ("b.fact", "c.fact"), ("c.fact", "a.fact")), f"/{ADDED + 2}/when"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "edit", "pointer"), [each[1:] for each in CASES], ids=[each[0] for each in CASES]
)
def test_a_fault_refuses_the_set_and_names_file_and_place(
    file: str, edit: Edit, pointer: str
) -> None:
    faults = refused(edited({file: edit})).faults

    assert (file, pointer) in {(fault.file, fault.pointer) for fault in faults}
    assert all(fault.text for fault in faults)


def test_a_value_that_no_event_can_say_makes_a_rule_never_true() -> None:
    once_true = {"name": "a.fact", "kind": "boolean", "otherwise": True}
    source = {"types": [BIRTH], "value": True}
    edits = {
        "facts.json": a_fact(**once_true, **{"from": [source]}),
        RULE: within("when", value={"fact": "a.fact", "is": False, "words": WORDS}),
    }

    faults = refused(edited(edits)).faults

    assert Fault(RULE, "/when", "is never true, whatever the facts are") in faults


def test_a_cycle_is_spelled_out() -> None:
    edit = following(("a.fact", "b.fact"), ("b.fact", "a.fact"))

    faults = refused(edited({"facts.json": edit})).faults

    assert faults[0].text == "follows from itself: a.fact -> b.fact -> a.fact"


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"[" * 100_000, b'{"code": "a", "code": "b"}'])
def test_a_file_that_is_no_document_is_refused(raw: bytes) -> None:
    files = dict(shipped_files()) | {RULE: raw}

    assert [(fault.file, fault.pointer) for fault in refused(files).faults] == [(RULE, "")]


@pytest.mark.parametrize("part", [10, 200, 900])
def test_half_a_file_is_refused(part: int) -> None:
    files = dict(shipped_files())
    files[RULE] = files[RULE][:part]

    assert refused(files).faults[0].file == RULE


def test_every_fault_of_every_file_is_told_at_once() -> None:
    edits = {RULE: within("owner", value="x-y"), SERVICE: within("agency", value="x-y")}

    faults = refused(edited(edits)).faults

    assert {fault.file for fault in faults} == {RULE, SERVICE}


def test_a_set_without_rules_is_refused() -> None:
    files = {name: raw for name, raw in shipped_files().items() if not name.startswith("rules/")}

    assert refused(files).faults == (Fault("rules", "", "there is no rule"),)


def test_the_version_is_of_the_content_and_of_nothing_else() -> None:
    files = dict(shipped_files())
    reordered = dict(reversed(files.items()))
    changed = files | {RULE: files[RULE] + b"\n"}

    assert version(reordered) == version(files) == shipped().version
    assert version(changed) != version(files)


def test_a_new_service_and_its_rule_are_one_file_each() -> None:
    edits = {
        "services/tessera-biblioteca.json": a_copy_of(SERVICE, code="tessera-biblioteca"),
        "rules/tessera-biblioteca.json": a_copy_of(
            RULE, code="tessera-biblioteca", service="tessera-biblioteca"
        ),
    }

    judged = judge(edited(edits))

    # Its tests are those of another service: the one that names the form fails, and says so.
    assert not isinstance(judged, Ruleset)
    assert {fault.pointer.rpartition("/")[2] for fault in judged.faults} == {"expected"}
