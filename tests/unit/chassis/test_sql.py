"""Named statements come apart as they were written."""

import pytest

from percorso.chassis import sql


def test_statements_have_their_names() -> None:
    text = "-- what this file is\n\n-- one --\n-- why\nSELECT 1;\n\n-- two --\nSELECT '-- x --';\n"

    assert sql.split(text) == {"one": "-- why\nSELECT 1;", "two": "SELECT '-- x --';"}


@pytest.mark.parametrize(
    "text", ["-- a --\nSELECT 1\n-- a --\nSELECT 2", "-- a --\n-- b --\nSELECT 1"]
)
def test_a_name_belongs_to_one_statement(text: str) -> None:
    with pytest.raises(ValueError, match="name"):
        sql.split(text)


def test_a_file_is_found_in_its_package() -> None:
    with pytest.raises(FileNotFoundError):
        sql.load("percorso.chassis", "nothing.sql")
