"""Finding the local system."""

from pathlib import Path

import pytest

from percorso.client.errors import NoStack
from percorso.client.stack import find_home, read_local_secret, read_stack
from tests.unit.client.fake_system import SERVICES, a_home


def test_the_home_that_is_named_wins(tmp_path: Path) -> None:
    a_home(tmp_path / ".percorso")
    named = a_home(tmp_path / "named")

    assert find_home({"PERCORSO_HOME": str(named)}, tmp_path) == named


def test_the_home_is_found_from_a_folder_below(tmp_path: Path) -> None:
    home = a_home(tmp_path / ".percorso")
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)

    assert find_home({}, below) == home


@pytest.mark.parametrize("environ", [{}, {"PERCORSO_HOME": "/nowhere/at/all"}])
def test_nothing_running_says_what_to_do(environ: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(NoStack, match="make run"):
        find_home(environ, tmp_path)


def test_what_runs_is_read(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")

    assert read_stack(home).services == SERVICES
    assert read_local_secret(home) == "the-local-secret"


@pytest.mark.parametrize("text", ["", "{}", '{"version": 2, "pid": 1, "services": {}}'])
def test_another_version_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(text)

    with pytest.raises(NoStack, match="version 1"):
        read_stack(tmp_path)


def test_a_missing_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoStack, match=r"local\.secret"):
        read_local_secret(tmp_path)
