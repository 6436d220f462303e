"""The data folder: keys, lock, disk space, run.json, removal."""

import errno
import json
import shutil
import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from percorso.local import home, keys, parts, runfile
from percorso.local.errors import Refusal, sentence
from percorso.local.home import Home
from percorso.local.options import Options, Ports


class Usage(NamedTuple):
    """What shutil.disk_usage gives."""

    total: int
    used: int
    free: int


def test_a_second_run_is_refused_with_the_process_that_runs(tmp_path: Path) -> None:
    refused = pytest.raises(Refusal, match=r"runs already in .* \(process \d+\)")

    with home.locked(tmp_path), refused, home.locked(tmp_path):
        pass


def test_a_nearly_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 9 * 10**8, 10**8))

    with pytest.raises(Refusal, match=r"disk is full: .* has 95 MiB free, 500 are needed"):
        home.require_space(tmp_path, 500)


def test_a_full_disk_is_said_in_a_sentence() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/data/logs")

    assert sentence(error) == "The disk is full (/data/logs)."


def test_keys_are_private_and_made_once(tmp_path: Path) -> None:
    with home.opened(tmp_path) as folder:
        keys.make(folder)
        first = {path.name: path.read_text() for path in folder.secrets.iterdir()}
        keys.make(folder)

    assert {path.name: path.read_text() for path in folder.secrets.iterdir()} == first
    assert set(first) == {
        "subject.key", "issuer.pem", "local.secret", "cursor.key", "vault.key",
        "messages.key", "notifications.pem", "portal.pem", "services.jwks", "provider.pem",
        "login-signing.pem", "login-encryption.pem", "login.jwks",
    }  # fmt: skip
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.secrets.iterdir()} == {0o600}
    assert stat.S_IMODE(folder.secrets.stat().st_mode) == 0o700


def test_a_lost_subject_key_is_never_replaced_over_data(tmp_path: Path) -> None:
    with home.opened(tmp_path) as folder:
        folder.postgres.mkdir()

        with pytest.raises(Refusal, match=r"subject\.key is missing"):
            keys.make(folder)


def test_an_old_run_file_goes_when_a_run_begins(tmp_path: Path) -> None:
    (tmp_path / "run.json").touch()

    with home.opened(tmp_path) as folder:
        assert not folder.run_file.exists()


def test_the_run_file_names_what_exists_and_nothing_else(tmp_path: Path) -> None:
    with home.opened(tmp_path) as folder:
        plan = parts.plan(folder, Options(home=tmp_path), Ports())
        runfile.write(plan)

    document = json.loads(folder.run_file.read_text())
    assert document["services"] == {
        "portal": "http://127.0.0.1:8000",
        "identity": "http://127.0.0.1:8001",
        "journey": "http://127.0.0.1:8002",
        "insights": "http://127.0.0.1:8003",
        "notifications": "http://127.0.0.1:8004",
    }
    assert document["provider"] == "http://127.0.0.1:8005"
    assert document["mail"] == "http://127.0.0.1:8006"
    assert document["traces"] == "http://127.0.0.1:9411"
    assert document["kafka"] == "127.0.0.1:9092"
    assert set(document["postgres"]) == {
        "identity",
        "journey",
        "insights",
        "notifications",
        "portal",
    }
    assert set(document) == {
        "version", "pid", "services", "provider", "mail", "traces", "kafka", "postgres"
    }  # fmt: skip
    assert stat.S_IMODE(folder.run_file.stat().st_mode) == 0o600


def test_the_table_tells_to_back_up_the_subject_key(tmp_path: Path) -> None:
    with home.opened(tmp_path) as folder:
        text = runfile.table(parts.plan(folder, Options(home=tmp_path), Ports()))

    assert "Back up" in text
    assert "subject.key" in text


def test_removal_takes_what_runs_have_made_and_leaves_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "home"
    with home.opened(path) as folder:
        keys.make(folder)
    (path / "mine.txt").touch()

    home.remove(Home(path))

    assert [entry.name for entry in path.iterdir()] == ["mine.txt"]


def test_removal_takes_the_folder_when_nothing_else_is_in_it(tmp_path: Path) -> None:
    path = tmp_path / "home"
    with home.opened(path) as folder:
        keys.make(folder)

    home.remove(folder)

    assert not path.exists()
