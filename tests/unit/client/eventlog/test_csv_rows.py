"""CSV logs: any way to write them, and rows that are broken."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.client.eventlog import BrokenRow, Row, UnusableLog, csv_rows
from percorso.client.eventlog.mapping import Mapping
from percorso.client.eventlog.rows import MAX_ROW
from tests.unit.client.eventlog.logs import HEADER, MAPPING, a_csv, a_file, a_mapping, rows

AT = "2026-05-04T10:00:00Z"
WHOLE = ("1", "received", AT)


def cells_of(found: list[Row | BrokenRow]) -> list[tuple[str, ...]]:
    return [tuple(row.cells.values()) for row in found if isinstance(row, Row)]


def broken(found: list[Row | BrokenRow]) -> list[BrokenRow]:
    return [row for row in found if isinstance(row, BrokenRow)]


@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "LOG.CSV"])
def test_rows_are_read_whether_compressed_or_not(
    tmp_path: Path, mapping: Mapping, name: str
) -> None:
    found = rows(a_file(tmp_path, name, a_csv([WHOLE, WHOLE])), mapping)

    assert found == [
        Row(1, 2, dict(zip(HEADER, WHOLE, strict=True))),
        Row(2, 3, dict(zip(HEADER, WHOLE, strict=True))),
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quotes_line_breaks_and_blank_lines_are_read(
    tmp_path: Path, mapping: Mapping, end: str
) -> None:
    text = f'case,activity,at{end}1,"a, ""b""{end}c",{AT}{end}{end}2,d,{AT}{end}'

    found = rows(a_file(tmp_path, "log.csv", text), mapping)

    assert [(row.number, row.line) for row in found] == [(1, 2), (2, 5)]
    assert cells_of(found) == [("1", f'a, "b"{end}c', AT), ("2", "d", AT)]


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path, mapping: Mapping) -> None:
    text = b"\xef\xbb\xbf" + a_csv([WHOLE], quoting=csv.QUOTE_ALL).encode()

    assert cells_of(rows(a_file(tmp_path, "log.csv", text), mapping)) == [WHOLE]


def test_delimiter_and_encoding_are_those_of_the_mapping(tmp_path: Path) -> None:
    mapping = a_mapping(tmp_path, f'{MAPPING}[csv]\ndelimiter = ";"\nencoding = "windows-1252"\n')
    text = a_csv([("1", "città", AT)], delimiter=";").encode("windows-1252")

    assert cells_of(rows(a_file(tmp_path, "log.csv", text), mapping)) == [("1", "città", AT)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"1,received", "has 2 cells where the header has 3"),
        (b"1,received,then,now", "has 4 cells where the header has 3"),
        (b'1,"rece"ived,now', "is no CSV: a quote stands in the wrong place"),
        (b'1,"received,now', "is no CSV: a quote stands in the wrong place"),
        (b"1,rece\xffived,now", "has bytes that are not of the log's encoding"),
        (b"1," + b"x" * MAX_ROW + b",now", f"is longer than {MAX_ROW} characters"),
        (b"1," + b"x" * MAX_ROW * 3 + b",now", f"is longer than {MAX_ROW} characters"),
    ],
)
def test_a_broken_row_is_named_by_its_line_and_takes_no_other_with_it(
    tmp_path: Path, mapping: Mapping, line: bytes, reason: str
) -> None:
    good = ",".join(WHOLE).encode()
    text = b"\n".join([b"case,activity,at", good, line, good, good, b""])

    found = rows(a_file(tmp_path, "log.csv", text), mapping)

    assert broken(found) == [BrokenRow(2, 3, reason)]
    assert [(row.number, row.line) for row in found] == [(1, 2), (2, 3), (3, 4), (4, 5)]


def test_a_quote_that_is_never_closed_takes_no_thousands_of_rows(
    tmp_path: Path, mapping: Mapping
) -> None:
    text = a_csv([WHOLE]) + '2,"never closed,now\r\n' + ",".join(WHOLE) + "\n"
    text += (",".join(WHOLE) + "\n") * 5_000

    found = rows(a_file(tmp_path, "log.csv", text), mapping)

    assert [row.line for row in broken(found)] == [3]
    assert len(cells_of(found)) == 5_002


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("\ncase,activity,at\n", "is empty"),
        ("case,activity,case,at\n", "names a column twice"),
        ("case,what,at\n", "has no column activity"),
        ('"case,activity,at\n', "a quote stands in the wrong place"),
    ],
)
def test_a_log_without_a_header_that_fits_is_refused(
    tmp_path: Path, mapping: Mapping, text: str, sentence: str
) -> None:
    with pytest.raises(UnusableLog, match=sentence):
        rows(a_file(tmp_path, "log.csv", text), mapping)


@pytest.mark.parametrize("damage", ["cut", "spoilt"])
def test_of_a_damaged_archive_what_comes_before_is_read(
    tmp_path: Path, mapping: Mapping, damage: str
) -> None:
    path = a_file(tmp_path, "log.csv.gz", a_csv([(str(n), "x", AT) for n in range(20_000)]))
    raw = path.read_bytes()
    half = len(raw) // 2
    path.write_bytes(raw[:half] if damage == "cut" else raw[:half] + b"\0" * 64 + raw[half + 64 :])

    found = rows(path, mapping)

    assert broken(found)[-1].reason == "is damaged: the rest of it cannot be read"
    assert len(found) > 5_000


def test_a_name_that_tells_no_format_is_refused(tmp_path: Path, mapping: Mapping) -> None:
    with pytest.raises(UnusableLog, match=r"ends in \.csv, \.csv\.gz, \.xes, \.xes\.gz"):
        rows(a_file(tmp_path, "log.parquet", ""), mapping)


@settings(deadline=None)
@given(content=st.text('ab",\r\n\0é', max_size=200))
def test_whatever_the_text_is_no_line_is_passed_over(content: str) -> None:
    stream = io.BytesIO(f"a,b\n{content}".encode())

    found = list(csv_rows.read(stream, delimiter=",", encoding="utf-8-sig", needed=()))

    assert [row.number for row in found] == list(range(1, len(found) + 1))
    assert [row.line for row in found] == sorted({row.line or 0 for row in found})
    broken_lines = {row.line for row in broken(found)}
    whole = csv.reader(io.StringIO("".join(content.splitlines(keepends=True)), newline=""))
    assert broken_lines or cells_of(found) == [tuple(cells) for cells in whole if cells]
