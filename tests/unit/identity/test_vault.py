"""The vault: what is sealed opens for its own citizen alone, and with the database's own key."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from percorso.events.errors import Unavailable
from percorso.identity.contacts import sealing, vault
from percorso.identity.contacts.sealing import Unopened, seal, unseal, unwrap, wrap
from percorso.identity.contacts.vault import AnotherMasterKey, Sealed, UnusableMasterKey, Vault
from tests.support.events import a_subject
from tests.support.waiting import until

KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
SUBJECT, OTHER = a_subject(1), a_subject(2)
ADDRESS = "qzx.mail@example.org"
KEY_ID, OTHER_ID = UUID(int=1), UUID(int=2)


@given(st.text(max_size=300, alphabet=st.characters(codec="utf-8")))
def test_what_was_sealed_opens(address: str) -> None:
    sealed = seal(KEY, address, subject=SUBJECT, kind="email")

    assert unseal(KEY, sealed, subject=SUBJECT, kind="email") == address


def test_nothing_is_sealed_alike_twice() -> None:
    sealed = {seal(KEY, ADDRESS, subject=SUBJECT, kind="email") for _ in range(100)}

    assert len(sealed) == 100
    assert len({each[: sealing.NONCE_BYTES] for each in sealed}) == 100
    assert not any(ADDRESS.encode() in each for each in sealed)


@pytest.mark.parametrize(
    ("key", "subject", "kind"),
    [(OTHER_KEY, SUBJECT, "email"), (KEY, OTHER, "email"), (KEY, SUBJECT, "phone")],
    ids=["another key", "another subject", "another kind"],
)
def test_it_opens_for_nobody_else(key: bytes, subject: UUID, kind: str) -> None:
    sealed = seal(KEY, ADDRESS, subject=SUBJECT, kind="email")

    with pytest.raises(Unopened) as refused:
        unseal(key, sealed, subject=subject, kind=kind)

    assert ADDRESS not in str(refused.value)


@given(st.data())
def test_one_changed_bit_is_seen(data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, ADDRESS, subject=SUBJECT, kind="email"))
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[place // 8] ^= 1 << place % 8

    with pytest.raises(Unopened):
        unseal(KEY, bytes(sealed), subject=SUBJECT, kind="email")


@given(st.binary(max_size=40))
def test_what_was_never_sealed_does_not_open(content: bytes) -> None:
    with pytest.raises(Unopened):
        unseal(KEY, content, subject=SUBJECT, kind="email")


def test_a_data_key_is_wrapped_for_its_own_name_by_one_master_key() -> None:
    data_key = sealing.new_data_key()
    wrapped = wrap(KEY, data_key, key_id=KEY_ID)

    assert unwrap(KEY, wrapped, key_id=KEY_ID) == data_key
    assert data_key not in wrapped
    for master, key_id in ((OTHER_KEY, KEY_ID), (KEY, OTHER_ID)):
        with pytest.raises(Unopened):
            unwrap(master, wrapped, key_id=key_id)


def test_a_master_keys_name_says_which_it_is_and_nothing_else() -> None:
    assert sealing.master_id(KEY) == sealing.master_id(KEY)
    assert sealing.master_id(KEY) != sealing.master_id(OTHER_KEY)
    assert len(sealing.master_id(KEY)) == 8


@pytest.mark.parametrize("ending", ["", "\n", f"\n{OTHER_KEY.hex()}\n"])
def test_the_first_line_wraps(tmp_path: Path, ending: str) -> None:
    file = tmp_path / "vault.key"
    file.write_text(KEY.hex().upper() + ending)

    assert vault.read(file)[0] == KEY
    assert set(vault.read(file)) <= {KEY, OTHER_KEY}


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", KEY, KEY.hex().encode()[:-1], KEY.hex().encode() + b"0", b"g" * 64, b"\xff" * 64,
     KEY.hex().encode() + b"\nold"],
)  # fmt: skip
def test_a_file_without_keys_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "vault.key"
    file.write_bytes(content)

    with pytest.raises(UnusableMasterKey) as refused:
        vault.read(file)

    assert KEY.hex()[:8] not in str(refused.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableMasterKey, match="cannot be read"):
        vault.read(tmp_path / "none")


class Database:
    """Data keys, and what may be wrong with them."""

    def __init__(self) -> None:
        self.keys: Mapping[UUID, bytes] = {KEY_ID: KEY}
        self.fault: Exception | None = None
        self.asked = 0

    async def load(self) -> Mapping[UUID, bytes]:
        """Return the keys."""
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return self.keys


def sealed_by(own: Vault) -> Sealed:
    """Seal the address."""
    return own.seal(ADDRESS, subject=SUBJECT, kind="email")


async def test_the_newest_key_seals_and_older_ones_open() -> None:
    database = Database()
    own = Vault(database.load)
    await own.compare()
    older = sealed_by(own)
    database.keys = {KEY_ID: KEY, OTHER_ID: OTHER_KEY}
    await own.compare()

    assert (older.key_id, sealed_by(own).key_id) == (KEY_ID, OTHER_ID)
    assert own.unseal(older, subject=SUBJECT, kind="email") == ADDRESS


async def test_nothing_opens_before_the_keys_are_confirmed() -> None:
    own = Vault(Database().load)

    assert await own.check() == vault.NOT_COMPARED
    with pytest.raises(Unavailable):
        sealed_by(own)


async def test_with_another_master_key_nothing_opens_any_more() -> None:
    database = Database()
    own = Vault(database.load)
    await own.compare()
    sealed = sealed_by(own)

    database.fault = AnotherMasterKey()
    await own.compare()

    assert await own.check() == vault.ANOTHER
    with pytest.raises(Unavailable):
        own.unseal(sealed, subject=SUBJECT, kind="email")
    with pytest.raises(Unavailable):
        sealed_by(own)


async def test_a_data_key_that_is_not_loaded_yet_is_waited_for() -> None:
    own = Vault(Database().load)
    await own.compare()

    with pytest.raises(Unavailable):
        own.unseal(Sealed(OTHER_ID, b""), subject=SUBJECT, kind="email")


async def test_a_verdict_stands_while_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "RETRY_S", 0.01)
    monkeypatch.setattr(vault, "RECHECK_S", 0.01)
    database, stop = Database(), asyncio.Event()
    database.fault = Unavailable()
    own = Vault(database.load)
    running = asyncio.create_task(own.run(stop))
    assert await own.check() == vault.NOT_COMPARED

    database.fault = None
    await until(lambda: own._fault is None)
    database.fault, asked = Unavailable(), database.asked
    await until(lambda: database.asked > asked + 1)  # so that an answer was taken in

    assert await own.check() is None
    stop.set()
    await running
