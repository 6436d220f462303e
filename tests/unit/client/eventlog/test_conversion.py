"""From rows to events: every attribute, a stable id, and an order that keeps ties."""

import csv
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.client.eventlog import Row, read_mapping
from percorso.client.eventlog.mapping import Mapping as LogMapping
from percorso.client.reading import RawEvent
from tests.support.repository import ROOT
from tests.unit.client.eventlog.logs import (
    HEADER,
    MAPPING,
    XES_MAPPING,
    a_csv,
    a_file,
    a_mapping,
    an_event,
    an_xes,
    converted,
    converted_raw,
    event,
    fault,
    rows,
)

EXAMPLES = ROOT / "examples"


def a_row(number: int = 7, **cells: Any) -> Row:
    whole = {"case": "P/1", "activity": "received", "at": "2026-05-04T12:00:00.25+02:00"}
    return Row(number, number + 1, whole | cells)


def with_(tmp_path: Path, old: str, new: str) -> LogMapping:
    assert old in MAPPING
    return a_mapping(tmp_path, MAPPING.replace(old, new, 1))


def test_a_row_becomes_a_recorded_touchpoint_with_all_its_cells(mapping: LogMapping) -> None:
    assert event(a_row(colour="", n="007"), mapping) == {
        "specversion": "1.0",
        "id": "permits:P/1:7",
        "source": "urn:it:c_a182:permits",
        "type": "eu.percorso.touchpoint.recorded.v1",
        "time": "2026-05-04T10:00:00.250000Z",
        "sequence": "7",
        "datacontenttype": "application/json",
        "data": {
            "citizen": {"scheme": "customer", "value": "c_a182:P/1"},
            "touchpoint": {
                "channel": "01.1.1",
                "matter": "P/1",
                "name": "received",
                "details": {
                    "case": "P/1",
                    "activity": "received",
                    "at": "2026-05-04T12:00:00.25+02:00",
                    "colour": "",
                    "n": "007",
                },
            },
        },
    }


def test_both_formats_of_the_sample_are_the_same_events() -> None:
    mapping = read_mapping(EXAMPLES / "sample-log.toml")

    from_csv = converted(EXAMPLES / "sample-log.csv", mapping)
    from_xes = converted(EXAMPLES / "sample-log.xes", mapping)

    assert [made.raw for made in from_csv if isinstance(made, RawEvent)] == [
        made.raw for made in from_xes if isinstance(made, RawEvent)
    ]
    assert len(from_csv) == 20


@pytest.mark.parametrize(
    ("extra", "text", "time"),
    [
        ("", "2026-05-04T12:00:00+02:00", "2026-05-04T10:00:00Z"),
        ('zone = "Europe/Rome"', "2026-05-04 12:00:00", "2026-05-04T10:00:00Z"),
        ('zone = "Europe/Rome"', "2026-05-04T12:00:00Z", "2026-05-04T12:00:00Z"),
        ('zone = "Europe/Rome"', "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ('zone = "UTC"\nformat = "%d/%m/%Y"', "04/05/2026", "2026-05-04T00:00:00Z"),
        ('format = "%d/%m/%Y %H:%M %z"', "04/05/2026 12:00 +0200", "2026-05-04T10:00:00Z"),
    ],
)
def test_times_of_any_form_become_utc(tmp_path: Path, extra: str, text: str, time: str) -> None:
    mapping = with_(tmp_path, 'column = "at"', f'column = "at"\n{extra}')

    assert event(a_row(at=text), mapping)["time"] == time


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"at": "yesterday"}, "at is no time in ISO 8601"),
        ({"at": ""}, "at is no time in ISO 8601"),
        ({"at": "0001-01-01T00:00:00+10:00"}, "at is no time in ISO 8601"),
        ({"at": "2026-05-04T12:00:00"}, "at has no offset, and the mapping has no time.zone"),
        ({"case": ""}, "case is empty"),
        ({"activity": "x" * 257}, "activity is longer than 256 characters"),
        ({"case": "x" * 250}, "its matter is too long to be part of an id"),
        ({"case": {"k": "v"}}, "has no case"),
        ({"note": "x" * 4096}, "its attributes take 4178 bytes as JSON, 4096 are the limit"),
    ],
)
def test_a_row_that_makes_no_touchpoint_is_told_without_what_stands_in_it(
    mapping: LogMapping, cells: Mapping[str, Any], reason: str
) -> None:
    assert fault(a_row(**cells), mapping) == reason


def test_details_may_have_exactly_four_kibibytes(mapping: LogMapping) -> None:
    empty = len(msgspec.json.encode(a_row(note="").cells))

    kept = event(a_row(note="x" * (4096 - empty)), mapping)["data"]["touchpoint"]["details"]

    assert len(msgspec.json.encode(kept)) == 4096
    assert "4097 bytes" in fault(a_row(note="x" * (4097 - empty)), mapping)


def test_channels_are_translated(tmp_path: Path) -> None:
    table = 'column = "how"\n[channel.codes]\nweb = "02.1"'
    mapping = with_(tmp_path, 'code = "01.1.1"', table)

    assert event(a_row(how="web"), mapping)["data"]["touchpoint"]["channel"] == "02.1"
    for row in (a_row(how="fax"), a_row()):
        assert fault(row, mapping) == "how has a text for which channel.codes has no code"


def test_a_channel_that_is_not_in_the_table_may_have_a_code(tmp_path: Path) -> None:
    mapping = with_(tmp_path, 'code = "01.1.1"', 'column = "how"\notherwise = "01"')

    assert event(a_row(how="fax"), mapping)["data"]["touchpoint"]["channel"] == "01"


def test_numbers_stay_digit_for_digit(tmp_path: Path) -> None:
    mapping = with_(tmp_path, 'name = "activity"', 'name = "activity"\nnumbers = ["n"]')

    made = converted_raw(a_row(n="1.50"), mapping)

    assert b'"n":1.50' in made
    assert event(a_row(n=""), mapping)["data"]["touchpoint"]["details"]["n"] is None
    for text in ("1,50", "01", "NaN", "1e999", "+1"):
        assert fault(a_row(n=text), mapping) == "n is no number"


def test_order_may_come_from_a_column(tmp_path: Path) -> None:
    mapping = with_(tmp_path, 'name = "activity"', 'name = "activity"\norder = {column = "n"}')

    assert event(a_row(n="12"), mapping)["sequence"] == "12"
    assert fault(a_row(n="-1"), mapping) == "n is no whole number, 0 or more"


def test_columns_can_be_left_out(tmp_path: Path) -> None:
    mapping = with_(tmp_path, 'name = "activity"', 'name = "activity"\nleave_out = ["note"]')

    assert "note" not in event(a_row(note="x"), mapping)["data"]["touchpoint"]["details"]


def test_who_a_person_is_stands_in_no_touchpoint(tmp_path: Path) -> None:
    text = MAPPING.replace('"customer"', '"cf"').replace("c_a182:{case}", "{code}")
    mapping = a_mapping(tmp_path, text)

    data = event(a_row(code="RSSMRA85T10A562S"), mapping)["data"]

    assert data["citizen"] == {"scheme": "cf", "value": "RSSMRA85T10A562S"}
    assert "RSSMRA85T10A562S" not in str(data["touchpoint"])
    assert fault(a_row(code=""), mapping) == "says nothing of who the citizen is"


def test_numbers_of_xes_serve_as_text(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, XES_MAPPING)
    trace = '<trace><int key="concept:name" value="12"/>' + an_event() + "</trace>"

    (row,) = rows(a_file(tmp_path, "log.xes", an_xes(trace)), mapping)

    assert isinstance(row, Row)
    assert event(row, mapping)["data"]["touchpoint"]["matter"] == "12"


NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
TIMES = st.integers(-3, 3).map(lambda hours: (NOON + timedelta(hours=hours)).isoformat())
ROWS = st.tuples(st.sampled_from("ABC"), st.text("xyz", min_size=1, max_size=3), TIMES, CELLS)


@settings(deadline=None)
@given(
    table=st.lists(ROWS, max_size=30), quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
)
def test_any_table_becomes_events_with_every_cell_and_cases_in_order(
    tmp_path_factory: pytest.TempPathFactory, table: list[tuple[str, ...]], quoting: int
) -> None:
    folder = tmp_path_factory.getbasetemp()
    header = (*HEADER, "note")
    path = a_file(folder, "any.csv", a_csv(table, header, quoting=quoting))

    made = [
        json.loads(e.raw) for e in converted(path, a_mapping(folder)) if isinstance(e, RawEvent)
    ]

    details = [each["data"]["touchpoint"]["details"] for each in made]
    assert details == [dict(zip(header, cells, strict=True)) for cells in table]
    assert len({each["id"] for each in made}) == len(table)
    for case in "ABC":
        stored = sorted(
            (each for each in made if each["data"]["touchpoint"]["matter"] == case),
            key=lambda each: (datetime.fromisoformat(each["time"]), int(each["sequence"])),
        )
        by_time_then_file = sorted(
            (cells for cells in table if cells[0] == case), key=lambda cells: cells[2]
        )
        assert [tuple(each["data"]["touchpoint"]["details"].values()) for each in stored] == (
            by_time_then_file
        )
