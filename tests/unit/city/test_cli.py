"""The city's commands."""

import json
from pathlib import Path

import pytest

from percorso.city.cli import main


def test_generate_writes_two_files(tmp_path: Path) -> None:
    arguments = ["generate", "--seed", "3", "--people", "20", "--events", "40"]

    assert main([*arguments, "--out", str(tmp_path)]) == 0

    assert len((tmp_path / "events.ndjson").read_bytes().splitlines()) == 40
    assert json.loads((tmp_path / "truth.ndjson").read_text().splitlines()[0])["seed"] == 3


def test_demo_names_three_people_as_json_and_for_people(
    capsys: pytest.CaptureFixture[str],
) -> None:
    main(["demo", "--json"])
    document = json.loads(capsys.readouterr().out)
    main(["demo"])
    said = capsys.readouterr().out

    assert len(document) == len(said.splitlines()) == 3
    for person, line in zip(document, said.splitlines(), strict=True):
        code = person["identifiers"][0]
        assert code["scheme"] == "cf"
        assert person["name"] in line
        assert f"cf:{code['value']}" in line


@pytest.mark.parametrize("events", ["-1", "10000001", "many"])
def test_a_number_that_makes_no_sense_is_wrong_usage(events: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["generate", "--events", events, "--out", str(tmp_path)])

    assert ended.value.code == 2
