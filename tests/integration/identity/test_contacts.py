"""Contacts over HTTP, with the database that has them sealed."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from uuid import UUID

import asyncpg
import httpx
import pytest
from asyncpg import Pool

from percorso.chassis.postgres import transaction
from percorso.citizens import store as citizens
from percorso.identity.contacts import store
from percorso.identity.contacts.vault import AnotherMasterKey, Vault
from tests.support.contacts import SUBJECT, Http, a_vault, routes
from tests.support.databases import Database
from tests.support.events import a_subject
from tests.support.links import link, someone_waits, unlink
from tests.support.waiting import until

OTHER, STRANGER = a_subject(2), a_subject(3)
MASTER, NEWER = bytes(range(32)), bytes(range(32, 64))
CANARY = {"email": "qzx.canary@example.org", "phone": "+393339876543"}


@pytest.fixture
async def vault(pool: Pool) -> Vault:
    """Give a vault that is ready."""
    vault = a_vault(pool, MASTER)
    await vault.compare()
    return vault


@pytest.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[Http]:
    """Give the routes."""
    async with routes(pool, vault) as http:
        yield http


async def put(http: Http, body: object, level: int = 2) -> httpx.Response:
    """Say the addresses, right or wrong."""
    return await http.call("PUT", "/v1/contacts/me", body, by=http.citizen(level=level))


async def test_nobody_has_an_address_until_they_say_so(http: Http) -> None:
    assert await http.read() == {"email": None, "phone": None}


async def test_addresses_are_kept_in_their_one_form(http: Http) -> None:
    said = await http.change({"email": " Qzx.Canary@EXAMPLE.org ", "phone": "0039 333 98.76.543"})

    assert said == CANARY
    assert await http.read() == CANARY
    assert await http.read(STRANGER) == {"email": None, "phone": None}


async def test_null_removes(http: Http) -> None:
    await http.change(CANARY)

    await http.change({"phone": CANARY["phone"]})

    assert await http.read() == {"email": None, "phone": CANARY["phone"]}


async def test_what_a_linked_subject_said_last_counts_until_the_link_is_undone(
    http: Http, pool: Pool
) -> None:
    await http.change(CANARY)
    link_id = await link(pool, SUBJECT, OTHER)
    assert await http.read(OTHER) == CANARY

    await http.change({"email": "other@example.org"}, OTHER)
    assert await http.read() == {"email": "other@example.org", "phone": None}
    await http.change({"email": "again@example.org"})
    assert await http.read(OTHER) == {"email": "again@example.org", "phone": None}

    await unlink(pool, link_id)
    assert await http.read(OTHER) == {"email": "other@example.org", "phone": None}


async def test_a_change_waits_for_whoever_acts_on_the_same_citizen(http: Http, pool: Pool) -> None:
    await link(pool, SUBJECT, OTHER)
    async with transaction(pool) as connection:
        await citizens.take_citizen(connection, OTHER)
        change = asyncio.create_task(http.change(CANARY))
        await until(lambda: someone_waits(pool))
        await http.change(CANARY, STRANGER)
        assert not change.done()

    assert await change == CANARY


async def test_what_is_said_later_counts_even_if_the_clock_goes_back(
    http: Http, pool: Pool
) -> None:
    await link(pool, SUBJECT, OTHER)
    await http.change(CANARY)
    http.clock.advance(-3_600)

    await http.change({"email": "other@example.org"}, OTHER)

    assert await http.read() == {"email": "other@example.org", "phone": None}


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"email": "qzx"}, "/email"),
        ({"email": ""}, "/email"),
        ({"email": "qzx@example.org\u2028"}, "/email"),
        ({"email": f"{'qzx' * 30}@example.org"}, "/email"),
        ({"phone": "333 9876543"}, "/phone"),
        ({"phone": "qzx"}, "/phone"),
    ],
)
async def test_what_is_no_address_is_refused_without_echo(
    http: Http, changed: Mapping[str, str], pointer: str
) -> None:
    answer = await put(http, {**CANARY, **changed})

    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:percorso:problem:invalid-request"
    assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert "qzx" not in answer.text
    assert "9876543" not in answer.text
    assert await http.read() == {"email": None, "phone": None}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": CANARY["email"]},
        {**CANARY, "qzx": 1},
        {**CANARY, "email": ["qzx"]},
        {**CANARY, "email": "qzx" * 200},
        [],
    ],
)
async def test_other_bodies_are_refused_without_echo(http: Http, body: object) -> None:
    answer = await put(http, body)

    assert answer.status_code == 422
    assert "qzx" not in answer.text


async def test_level_one_does_not_change_addresses(http: Http) -> None:
    assert (await put(http, CANARY, level=1)).status_code == 403
    assert await http.read() == {"email": None, "phone": None}


async def test_the_database_has_no_plain_address_and_no_plain_key(
    http: Http, vault: Vault, database: Database
) -> None:
    await http.change(CANARY)
    (data_key,) = vault._keys.values()
    looked_for = [data_key, MASTER, *(value.encode() for value in CANARY.values())]
    looked_for += [b"qzx.canary", b"9876543"]

    columns = await everything(database)

    assert columns
    assert "contacts.sealed" in columns
    for name, values in columns.items():
        for value in values:
            assert not any(each in value for each in looked_for), name


async def everything(database: Database) -> dict[str, list[bytes]]:
    """Return every value of every column of every table, in text and in binary."""
    found: dict[str, list[bytes]] = {}
    async with database.administrator() as administrator:
        for table in await administrator.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ):
            for row in await administrator.fetch(
                f"SELECT * FROM {table['tablename']}"  # noqa: S608 - one of our own tables
            ):
                for column, value in row.items():
                    own = found.setdefault(f"{table['tablename']}.{column}", [])
                    own += [value if isinstance(value, bytes) else str(value).encode()]
    return found


async def test_a_row_that_was_moved_to_another_citizen_does_not_open(
    http: Http, database: Database
) -> None:
    await http.change(CANARY)
    async with database.administrator() as administrator:
        await administrator.execute("UPDATE contacts SET subject = $1", OTHER)

    answer = await http.call("GET", "/v1/contacts/me", by=http.citizen(OTHER))

    assert answer.status_code == 500
    assert "qzx" not in answer.text


async def loaded(pool: Pool, masters: Sequence[bytes]) -> Mapping[UUID, bytes]:
    """Load the data keys as a process with these master keys."""
    async with transaction(pool) as connection:
        return await store.data_keys(connection, masters)


async def test_processes_that_start_at_once_agree_on_the_first_key(pool: Pool) -> None:
    found = await asyncio.gather(*(loaded(pool, [MASTER]) for _ in range(8)))

    assert all(each == found[0] for each in found)
    assert await pool.fetchval("SELECT count(*) FROM data_keys") == 1


async def test_with_another_master_key_nothing_is_loaded_or_changed(pool: Pool) -> None:
    mine = await loaded(pool, [MASTER])
    before = await pool.fetch("SELECT * FROM data_keys")

    with pytest.raises(AnotherMasterKey):
        await loaded(pool, [NEWER])

    assert await pool.fetch("SELECT * FROM data_keys") == before
    assert await loaded(pool, [MASTER]) == mine


async def test_a_data_key_of_the_right_name_that_does_not_open_is_another(pool: Pool) -> None:
    await loaded(pool, [MASTER])
    await pool.execute("UPDATE data_keys SET wrapped = 'nothing'")

    with pytest.raises(AnotherMasterKey):
        await loaded(pool, [MASTER])


async def test_a_master_key_is_changed_by_wrapping_anew(http: Http, pool: Pool) -> None:
    await http.change(CANARY)
    mine = await loaded(pool, [MASTER])

    assert await loaded(pool, [MASTER, NEWER]) == mine
    assert await loaded(pool, [NEWER, MASTER]) == mine
    assert await loaded(pool, [NEWER]) == mine

    with pytest.raises(AnotherMasterKey):
        await loaded(pool, [MASTER])
    newer = a_vault(pool, NEWER)
    await newer.compare()
    async with routes(pool, newer) as again:
        assert await again.read() == CANARY


async def test_while_the_vault_is_closed_everything_waits(http: Http, vault: Vault) -> None:
    await http.change(CANARY)
    vault._fault = "closed"

    for answer in (
        await put(http, CANARY),
        await http.call("GET", "/v1/contacts/me", by=http.citizen()),
    ):
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"


async def test_a_kind_that_is_none_is_refused_by_the_database(pool: Pool) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute(
            "INSERT INTO contacts (subject, kind, changed_at) VALUES ($1, 'fax', now())", SUBJECT
        )
