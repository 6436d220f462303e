"""Java and Maven: what is there, and what is said when it is not."""

from pathlib import Path

import pytest

from percorso.local import jars
from percorso.local.errors import Refusal

OLD_JAVA = """#!/bin/sh
echo 'openjdk version "11.0.2" 2019-01-15' >&2
"""


def a_program(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("text", "feature"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_391"', 8),
        ('openjdk version "26-ea" 2026-03-17', 26),
        ("something else", 0),
    ],
)
def test_the_version_is_read(text: str, feature: int) -> None:
    assert jars.java_feature(text) == feature


def test_missing_java_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Refusal, match="Java is missing: install Java 17 or later"):
        jars.fetch()


def test_old_java_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_program(tmp_path, "java", OLD_JAVA)
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(Refusal, match="Java 11 is too old: Kafka needs Java 17 or later"):
        jars.fetch()


def test_missing_maven_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_program(tmp_path, "java", OLD_JAVA.replace("11.0.2", "17.0.1"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    with pytest.raises(Refusal, match="Maven is missing"):
        jars.fetch()


def test_what_was_fetched_is_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_program(tmp_path, "java", OLD_JAVA.replace("11.0.2", "17.0.1"))
    a_program(tmp_path, "mvn", "#!/bin/sh\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    jars.cached().mkdir(parents=True)

    assert jars.fetch() == jars.cached()
