"""XES logs: attributes of every kind, and rows that are broken."""

import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.client.eventlog import BrokenRow, Row, UnusableLog, xes_rows
from percorso.client.eventlog.mapping import Mapping
from percorso.client.eventlog.markup import MAX_TAG
from tests.unit.client.eventlog.logs import (
    a_file,
    a_trace,
    an_event,
    an_xes,
    event,
    rows,
)


def names(found: list[Row | BrokenRow]) -> list[str]:
    return [str(row.cells["concept:name"]) for row in found if isinstance(row, Row)]


def broken(found: list[Row | BrokenRow]) -> list[BrokenRow]:
    return [row for row in found if isinstance(row, BrokenRow)]


@pytest.mark.parametrize("name", ["log.xes", "log.xes.gz"])
def test_an_event_has_its_own_attributes_and_those_of_its_case(
    tmp_path: Path, xes_mapping: Mapping, name: str
) -> None:
    text = an_xes(
        a_trace("1", an_event("a"), an_event("b"), more='<string key="area" value="Centro"/>'),
        a_trace("2", an_event("c")),
    )

    found = rows(a_file(tmp_path, name, text), xes_mapping)

    at = {"time:timestamp": "2026-05-04T10:00:00Z"}
    first = {"case:concept:name": "1", "case:area": "Centro"}
    assert found == [
        Row(1, 4, {**first, "concept:name": "a", **at}),
        Row(2, 5, {**first, "concept:name": "b", **at}),
        Row(3, 8, {"case:concept:name": "2", "concept:name": "c", **at}),
    ]


def test_attributes_of_the_log_itself_are_left_aside(tmp_path: Path, xes_mapping: Mapping) -> None:
    head = (
        '<extension name="Concept" prefix="concept" uri="http://www.xes-standard.org/"/>'
        '<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>'
        '<classifier name="a" keys="concept:name"/><string key="origin" value="x"/>'
    )

    found = rows(a_file(tmp_path, "log.xes", an_xes(head, a_trace("1", an_event()))), xes_mapping)

    assert [set(row.cells) for row in found if isinstance(row, Row)] == [
        {"case:concept:name", "concept:name", "time:timestamp"}
    ]


def test_types_and_nesting_become_json(tmp_path: Path, xes_mapping: Mapping) -> None:
    more = """
        <int key="n" value="12345678901234567890123"/> <float key="f" value="1.50"/>
        <float key="nan" value="NaN"/> <boolean key="yes" value="true"/> <id key="id" value="7"/>
        <string key="outer" value="x"><int key="inner" value="1"/></string>
        <list key="many"><values><int key="k" value="1"/><int key="k" value="2"/></values></list>
        <container key="box"><string key="k" value="v"/></container>
    """
    path = a_file(tmp_path, "log.xes", an_xes(a_trace("1", an_event(more=more))))

    (row,) = rows(path, xes_mapping)

    assert isinstance(row, Row)
    details = event(row, xes_mapping)["data"]["touchpoint"]["details"]
    assert details == {
        "case:concept:name": "1",
        "concept:name": "received",
        "time:timestamp": "2026-05-04T10:00:00Z",
        "n": 12345678901234567890123,
        "f": 1.5,
        "nan": "NaN",
        "yes": True,
        "id": "7",
        "outer": {"value": "x", "attributes": {"inner": 1}},
        "many": [{"k": 1}, {"k": 2}],
        "box": {"k": "v"},
    }
    assert bytes(row.cells["f"]) == b"1.50"


def test_prefixed_tags_and_other_encodings_are_read(tmp_path: Path, xes_mapping: Mapping) -> None:
    text = (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<x:log xmlns:x="http://www.xes-standard.org/">'
        '<x:trace><x:string key="concept:name" value="città"/><x:event>'
        '<x:string key="concept:name" value="a & b"/></x:event>\n<x:event>'
        '<x:string key="concept:name" value="già"/></x:event></x:trace></x:log>'
    )

    found = rows(a_file(tmp_path, "log.xes", text.encode("latin-1")), xes_mapping)

    assert [row.number for row in broken(found)] == [1]
    assert found[-1] == Row(2, 3, {"case:concept:name": "città", "concept:name": "già"})


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (
            an_event(more='<string key="a" value="b & c"/>'),
            "is no well-formed XML: not well-formed",
        ),
        (an_event(more='<string key="a" value="b"'), "is no well-formed XML: not well-formed"),
        (an_event(more="&unknown;"), "is no well-formed XML: undefined entity"),
        (an_event(more="<string key='a' value='b'/></int>"), "is no well-formed XML"),
        (an_event(more='<string value="b"/>'), "has an attribute without a key"),
        (an_event(more='<string key="b"/>'), "has an attribute without a value"),
        (an_event(more='<string key="concept:name" value="b"/>'), "has an attribute twice"),
        (
            an_event(more='<string key="case:concept:name" value="b"/>'),
            "has an attribute of the name that one of its case has",
        ),
        (
            an_event(more='<string key="a" value="b">' * 9 + "</string>" * 9),
            "has attributes that are nested too deep",
        ),
        (
            an_event(more=f'<string key="a" value="{"b" * 70_000}"/>'),
            "has attributes of more than 65536 characters",
        ),
        (an_event(more=f'<string key="a" value="{"b" * 2 * MAX_TAG}"/>'), "a tag does not end"),
    ],
)
def test_a_broken_event_is_named_by_its_line_and_takes_no_other_with_it(
    tmp_path: Path, xes_mapping: Mapping, bad: str, reason: str
) -> None:
    text = an_xes(a_trace("1", an_event("a"), bad, an_event("b")), a_trace("2", an_event("c")))

    found = rows(a_file(tmp_path, "log.xes", text), xes_mapping)

    (fault,) = broken(found)
    assert (fault.number, fault.line) == (2, 5)
    assert reason in fault.reason
    assert names(found) == ["a", "b", "c"]
    assert [row.line for row in found if isinstance(row, Row)] == [4, 6, 9]


def test_after_an_event_without_its_end_no_other_is_taken_for_one_of_its_case(
    tmp_path: Path, xes_mapping: Mapping
) -> None:
    headless = an_event("b").removesuffix("</event>")
    text = an_xes(a_trace("1", headless, an_event("c")), a_trace("2", an_event("d")))

    found = rows(a_file(tmp_path, "log.xes", text), xes_mapping)

    assert names(found) == ["d"]
    assert broken(found)[:2] == [
        BrokenRow(1, 4, "has no end"),
        BrokenRow(2, 5, "its case is broken before it"),
    ]


def test_a_case_whose_attributes_are_broken_makes_no_touchpoints(
    tmp_path: Path, xes_mapping: Mapping
) -> None:
    text = an_xes(
        a_trace("1", an_event("a"), more='<string key="x" value="<"/>'), a_trace("2", an_event("b"))
    )

    found = rows(a_file(tmp_path, "log.xes", text), xes_mapping)

    assert names(found) == ["b"]
    assert [(row.number, row.line) for row in broken(found)] == [(None, 3), (1, 4)]
    assert broken(found)[1].reason == "its case is broken before it"


def test_an_attribute_of_a_case_that_comes_too_late_is_told(
    tmp_path: Path, xes_mapping: Mapping
) -> None:
    late = '<string key="late" value="x"/>'

    found = rows(
        a_file(tmp_path, "log.xes", an_xes(a_trace("1", an_event("a"), late))), xes_mapping
    )

    assert names(found) == ["a"]
    assert [(row.number, row.line) for row in broken(found)] == [(None, 5)]


def test_events_without_a_case_have_their_own_attributes_alone(
    tmp_path: Path, xes_mapping: Mapping
) -> None:
    text = an_xes(a_trace("1", an_event("a")), an_event("b"))

    found = rows(a_file(tmp_path, "log.xes", text), xes_mapping)

    assert [row.cells.get("case:concept:name") for row in found if isinstance(row, Row)] == [
        "1",
        None,
    ]


def test_what_was_cut_off_is_told(tmp_path: Path, xes_mapping: Mapping) -> None:
    text = an_xes(a_trace("1", an_event("a"), an_event("b")))

    found = rows(a_file(tmp_path, "log.xes", text[: text.index('"b"')]), xes_mapping)

    assert names(found) == ["a"]
    assert [(row.number, row.line) for row in broken(found)] == [(2, 5)]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>
<log><trace><string key="concept:name" value="&b;"/></trace></log>"""
OUTSIDE = '<!DOCTYPE log SYSTEM "file:///etc/hostname"><log/>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE])
def test_a_document_type_is_refused_so_that_no_entity_expands(
    tmp_path: Path, xes_mapping: Mapping, text: str
) -> None:
    with pytest.raises(UnusableLog, match="DOCTYPE"):
        rows(a_file(tmp_path, "log.xes", text), xes_mapping)


@pytest.mark.parametrize("text", ["", "case,activity,at\n", "<html><trace/></html>", "<log"])
def test_what_is_no_xes_is_refused(tmp_path: Path, xes_mapping: Mapping, text: str) -> None:
    with pytest.raises(UnusableLog):
        rows(a_file(tmp_path, "log.xes", text), xes_mapping)


@settings(deadline=None)
@given(
    cut=st.integers(0, 10_000),
    length=st.integers(0, 40),
    spoilt=st.sampled_from(["", "<", ">", "&", '"', "</event>", "</trace>", "<event>", "\0"]),
)
def test_wherever_a_log_is_spoilt_the_cases_after_the_next_are_read(
    cut: int, length: int, spoilt: str
) -> None:
    cases = [a_trace(str(n), *(an_event(f"{n}.{m}") for m in range(3))) for n in range(8)]
    first, rest = an_xes(*cases[:4]).removesuffix("</log>\n"), "\n".join(cases[4:]) + "</log>"
    at = first.index("<trace>") + cut % (len(first) - first.index("<trace>"))
    stream = io.BytesIO(f"{first[:at]}{spoilt}{first[at + length :]}\n{rest}".encode())

    found = list(xes_rows.read(stream))

    kept = [row for row in found if isinstance(row, Row)]
    named = [str(row.cells.get("concept:name")) for row in kept]
    assert {f"{n}.{m}" for n in (5, 6, 7) for m in range(3)} <= set(named)
    assert [row for row in kept if _is_in_another_case(row)] == []


def _is_in_another_case(row: Row) -> bool:
    case, name = str(row.cells.get("case:concept:name", "")), str(row.cells.get("concept:name"))
    is_as_written = re.fullmatch("[0-9]", case) and re.fullmatch(r"[0-9]\.[0-9]", name)
    return bool(is_as_written) and case != name[0]
