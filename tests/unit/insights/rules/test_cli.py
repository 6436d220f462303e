"""`check-rules`: what it prints, and how it exits."""

from pathlib import Path

import pytest

from percorso.insights.rules import cli
from tests.support.rules import edited, shipped


def exit_code(*arguments: str) -> int:
    with pytest.raises(SystemExit) as exited:
        cli.main(arguments)
    assert isinstance(exited.value.code, int)
    return exited.value.code


def test_the_shipped_set_is_good(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code() == 0
    assert capsys.readouterr().out.startswith(f"version {shipped().version}: ")


def test_a_fault_is_printed_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "rules/isee-nascita.json"
    for name, raw in edited({rule: lambda form: form | {"service": "no-service"}}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(raw)

    assert exit_code(str(tmp_path)) == 1
    assert capsys.readouterr().out == f"{rule}#/service: there is no service `no-service`\n"


def test_a_folder_that_is_none_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(str(tmp_path / "no")) == 1
    assert capsys.readouterr().out == "facts.json: cannot be read\n"
