"""The subject key: of use only where it is the database's own."""

import asyncio
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest

from percorso.events.errors import Unavailable
from percorso.identity.subjects import keys, pseudonyms
from percorso.identity.subjects.keys import SubjectKey, UnusableKey
from tests.support.waiting import until

KEY = bytes(range(32))


class Kept:
    """A database that keeps the first check value."""

    def __init__(self, value: bytes | None = None) -> None:
        self.value = value
        self.is_away = False

    async def keep(self, check_value: bytes) -> bytes:
        """Return the value kept; this one, if there was none."""
        if self.is_away:
            raise Unavailable
        self.value = self.value or check_value
        return self.value


@pytest.mark.parametrize("ending", ["", "=", "\n", "=\n"])
def test_key_is_read_from_base64url_text(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "subject.key"
    file.write_text(urlsafe_b64encode(KEY).decode().rstrip("=") + ending)

    assert keys.read(file) == KEY


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"c2hvcnQ",
        b"\xff" * 64,
        b"a" * 45,
        b"a" * 60 + b"+/+/",
        b"a" * 60 + b"\n" + b"a" * 4,
        urlsafe_b64encode(KEY[:31]),
    ],
)
def test_file_without_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "subject.key"
    file.write_bytes(content)

    with pytest.raises(UnusableKey) as refusal:
        keys.read(file)

    assert content.decode("latin-1") not in str(refusal.value) or not content


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableKey, match="cannot be read"):
        keys.read(tmp_path / "none")


async def test_key_is_withheld_until_it_was_compared() -> None:
    key = SubjectKey(KEY, Kept().keep)

    assert await key.check() == keys.NOT_COMPARED
    with pytest.raises(Unavailable):
        _ = key.value


async def test_new_database_takes_the_key_as_its_own() -> None:
    kept = Kept()
    key = SubjectKey(KEY, kept.keep)

    await key.compare()

    assert kept.value == pseudonyms.check_value(KEY)
    assert await key.check() is None
    assert key.value == KEY


async def test_another_key_is_never_taken() -> None:
    kept = Kept(pseudonyms.check_value(b"another key of thirty-two bytes!"))
    key = SubjectKey(KEY, kept.keep)

    await key.compare()

    assert await key.check() == "the subject key is not the one this database was made with"
    with pytest.raises(Unavailable):
        _ = key.value


async def test_database_restored_beneath_closes_the_key_again() -> None:
    kept = Kept()
    key = SubjectKey(KEY, kept.keep)
    await key.compare()

    kept.value = pseudonyms.check_value(b"another key of thirty-two bytes!")
    await key.compare()

    assert await key.check() == keys.ANOTHER


async def test_verdict_stands_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "RETRY_S", 0.01)
    monkeypatch.setattr(keys, "RECHECK_S", 0.01)
    kept, stop = Kept(), asyncio.Event()
    kept.is_away = True
    key = SubjectKey(KEY, kept.keep)

    running = asyncio.create_task(key.run(stop))
    assert await key.check() == keys.NOT_COMPARED
    kept.is_away = False
    await until(lambda: kept.value is not None)
    kept.is_away = True
    await asyncio.sleep(0)

    assert key.value == KEY
    stop.set()
    await running
