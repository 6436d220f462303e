"""Mapping files: what is read, and how faults are told."""

from pathlib import Path

import pytest

from percorso.client.eventlog import BadMapping, read_mapping
from tests.support.repository import ROOT
from tests.unit.client.eventlog.logs import MAPPING, a_mapping

SHIPPED = sorted((ROOT / "examples").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_mappings_work_in_the_local_stack_at_once(path: Path) -> None:
    mapping = read_mapping(path)

    assert (mapping.log, mapping.agency) == (path.stem, "c_a182")
    assert mapping.source == f"urn:it:c_a182:{path.stem}"
    assert mapping.citizen.value.startswith("c_a182:{")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('matter = "case"\n', "", "matter: is required"),
        ('matter = "case"\n', 'matter = "case"\ncolour = 1\n', "colour: is no key of a mapping"),
        ("scheme =", "schema =", "citizen.schema: is no key of a mapping"),
        ('"customer"', '"passport"', "citizen.scheme: Input should be 'cf'"),
        ("{case}", "case", "citizen.value: names no column in braces"),
        ('column = "at"', 'column = "at"\nzone = "Mars/North"', "time.zone: is no time zone"),
        ('column = "at"', "column = 7", "time.column: Input should be a valid string"),
        ('code = "01.1.1"', 'code = "counter"', "channel.code: String should match pattern"),
        ('code = "01.1.1"', "", "channel: has either a code, or a column"),
        ('code = "01.1.1"', 'code = "01"\ncolumn = "x"', "channel: has either a code, or a column"),
        (
            'code = "01.1.1"',
            'code = "01"\notherwise = "02"',
            "codes and otherwise go with a column",
        ),
        ('matter = "case"', 'matter = "case"\norder = "random"', 'order: is "file", or a table'),
        ('matter = "case"', 'matter = "case"\norder = {}', 'order: is "file", or a table'),
        ("urn:it:c_a182:", "urn:it:c_h501:", "source is that of another agency"),
        ('"customer"', '"cf"', "matter and name are published"),
        ("[citizen]", "[citizen", "at line 8"),
    ],
)
def test_a_fault_is_told_with_its_place(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in MAPPING

    with pytest.raises(BadMapping) as told:
        a_mapping(tmp_path, MAPPING.replace(old, new, 1))

    assert str(told.value).startswith(f"{tmp_path / 'mapping.toml'}: ")
    assert sentence in str(told.value)


def test_every_fault_has_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadMapping) as told:
        a_mapping(tmp_path, MAPPING.replace("agency =", "agent =").replace("scheme =", "kind ="))

    assert len(str(told.value).splitlines()) == 4


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(BadMapping, match="UTF-8"):
        read_mapping(path)


def test_the_digest_is_of_the_meaning(tmp_path: Path) -> None:
    plain, other = a_mapping(tmp_path), a_mapping(tmp_path, MAPPING.replace("01.1.1", "02.1"))
    commented = a_mapping(tmp_path, f"# A comment.\n{MAPPING}\n")

    assert plain.digest == commented.digest != other.digest
