"""Identity as a process: its commands, and what it does while a part is away."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from percorso.local import databases
from percorso.local import postgres as local_postgres
from percorso.local.throwaway import Throwaway
from tests.integration.identity.support import (
    CITIZEN,
    SECRET,
    Home,
    a_home,
    a_subject_key,
    a_vault_key,
    answers,
    changed,
)
from tests.support.waiting import until

PASSWORD = "for-tests-only"
EVENT = {
    "specversion": "1.0",
    "id": "2026-000123",
    "source": "urn:it:c_a182:anagrafe",
    "type": "eu.percorso.application.received.v1",
    "time": "2026-05-04T10:00:00.120Z",
    "data": {
        "citizen": {"scheme": "cf", "value": CITIZEN},
        "touchpoint": {"channel": "01.1.1", "protocol": "2026/44871"},
    },
}


@pytest.fixture(scope="module")
def server() -> Iterator[Throwaway]:
    """Give a server that may be stopped."""
    with local_postgres.throwaway() as server:
        yield server


@pytest.fixture(scope="module")
async def home(
    server: Throwaway, kafka_address: str, tmp_path_factory: pytest.TempPathFactory
) -> Home:
    """Give an identity whose database and topics are made, with one agency."""
    made = databases.of_service("identity", PASSWORD, PASSWORD)
    databases.create(server.address, made)
    urls = {
        name: databases.with_role(server.address, role, PASSWORD, made.name)
        for name, role in (("application", made.application), ("owner", made.owner))
    }
    home = a_home(tmp_path_factory.mktemp("identity"), urls, kafka_address)
    for arguments in (
        ["migrate"],
        ["migrate"],
        ["topics"],
        ["agency", "add", "c_a182", "--source", "urn:it:c_a182:"],
    ):
        code, written = await home.run(*arguments)
        assert code == 0, written
    # The first keys that a database sees are its own, whichever test comes first.
    async with home.served() as client:
        await until(lambda: answers(client, "/readyz"))
    return home


@pytest.fixture
async def http(home: Home) -> AsyncIterator[httpx.AsyncClient]:
    """Give a client of a process that is ready."""
    async with home.served() as client:
        await until(lambda: answers(client, "/readyz"))
        yield client


async def token(http: httpx.AsyncClient, **asked: Any) -> dict[str, str]:
    """Ask for a token; the header that carries it."""
    answer = await http.post(
        "/v1/tokens", json=asked, headers={"Authorization": f"Bearer {SECRET}"}
    )
    assert answer.status_code == 201, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def post_event(http: httpx.AsyncClient, agency: dict[str, str]) -> int:
    """Post the event; the answer's status."""
    headers = {**agency, "Content-Type": "application/cloudevents+json"}
    return (await http.post("/v1/events", json=EVENT, headers=headers)).status_code


async def checks(http: httpx.AsyncClient) -> dict[str, str]:
    """Return what /readyz says of each part."""
    said: dict[str, str] = (await http.get("/readyz")).json()["checks"]
    return said


async def test_event_of_a_registered_agency_is_taken(http: httpx.AsyncClient) -> None:
    agency = await token(http, caller="agency", code="c_a182")

    assert await post_event(http, agency) == 202
    assert set(await checks(http)) == {
        "postgres",
        "kafka",
        "kafka, facts",
        "agencies",
        "subject key",
        "vault key",
    }


async def test_new_agency_is_known_at_once(http: httpx.AsyncClient) -> None:
    case = {"agency": "c_a182", "purpose": "test", "case": "1"}
    operations = await token(http, caller="operator", role="operations", **case)
    asked = {"code": "m_lps", "sources": ["urn:it:m_lps:"]}

    answer = await http.post("/v1/agencies", json=asked, headers=operations)

    assert answer.status_code in {200, 201}
    await token(http, caller="agency", code="m_lps")


async def test_agency_added_beside_the_process_is_found(
    http: httpx.AsyncClient, home: Home
) -> None:
    code, written = await home.run("agency", "add", "c_h501", "--source", "urn:it:c_h501:")

    assert code == 0, written
    await token(http, caller="agency", code="c_h501")


async def test_door_stays_open_while_postgres_is_away(
    http: httpx.AsyncClient, server: Throwaway
) -> None:
    agency = await token(http, caller="agency", code="c_a182")
    server.stop()
    try:
        await until(lambda: answers(http, "/readyz", 503))

        assert await checks(http) == {
            "postgres": "away",
            "kafka": "ok",
            "kafka, facts": "ok",
            "agencies": "ok",
            "subject key": "ok",
            "vault key": "ok",
        }
        assert await post_event(http, agency) == 202
    finally:
        server.start()
    await until(lambda: answers(http, "/readyz"))


async def test_process_waits_for_postgres(home: Home, server: Throwaway) -> None:
    server.stop()
    try:
        async with home.served() as client:
            await until(lambda: answers(client, "/readyz", 503))
            answer = await client.post(
                "/v1/tokens",
                json={"caller": "agency", "code": "c_a182"},
                headers={"Authorization": f"Bearer {SECRET}"},
            )
            assert answer.status_code == 503
            server.start()
            await until(lambda: answers(client, "/readyz"))
    finally:
        if not local_postgres.answers(server.address):
            server.start()


async def test_another_subject_key_is_never_used(home: Home, tmp_path: Path) -> None:
    other = changed(home, SUBJECT_KEY_FILE=str(a_subject_key(tmp_path, "other.key")))

    async with other.served() as client:
        agency = await token_when_loaded(client)
        text = "the subject key is not the one this database was made with"
        await until(lambda: is_said(client, "subject key", text))

        assert (await client.get("/readyz")).status_code == 503
        assert await post_event(client, agency) == 503


async def test_another_master_key_opens_nothing_and_closes_no_door(
    home: Home, tmp_path: Path
) -> None:
    other = changed(home, VAULT_KEY_FILE=str(a_vault_key(tmp_path, "other.key")))

    async with other.served() as client:
        agency = await token_when_loaded(client)
        text = "the vault's master key is not the one this database's data keys were wrapped with"
        await until(lambda: is_said(client, "vault key", text))

        assert (await client.get("/readyz")).status_code == 503
        identifier = {"scheme": "cf", "value": CITIZEN}
        reader = await token(client, caller="citizen", identifier=identifier)
        body = {"email": "qzx@example.org", "phone": None}
        assert (await client.put("/v1/contacts/me", json=body, headers=reader)).status_code == 503
        assert await post_event(client, agency) == 202


async def token_when_loaded(http: httpx.AsyncClient) -> dict[str, str]:
    """Ask for an agency's token as soon as agencies are known."""

    async def is_loaded() -> bool:
        return (await checks(http))["agencies"] == "ok"

    await until(is_loaded)
    return await token(http, caller="agency", code="c_a182")


async def is_said(http: httpx.AsyncClient, part: str, text: str) -> bool:
    """Say whether a part answers this."""
    return (await checks(http))[part] == text


async def test_tokens_are_closed_without_the_secret(home: Home) -> None:
    async with changed(home, LOCAL_SECRET_FILE=None).served() as client:
        answer = await client.post("/v1/tokens", json={"caller": "agency", "code": "c_a182"})

        assert answer.status_code == 404
        assert (await client.get("/.well-known/jwks.json")).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "SUBJECT_KEY_FILE",
        "VAULT_KEY_FILE",
        "ISSUER_KEY_FILE",
        "SERVICE_KEYS_FILE",
        "LOCAL_SECRET_FILE",
    ],
)
async def test_unusable_file_ends_with_78(home: Home, tmp_path: Path, name: str) -> None:
    file = tmp_path / "empty"
    file.touch()

    code, written = await changed(home, **{name: str(file)}).run("serve")

    assert code == 78
    assert "key" in written or "secret" in written


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["c_a182", "--source", "urn:it:c_a182:"], 0),
        (["m_x", "--source", "urn:it:c_a182:x"], 1),
        (["C_A182", "--source", "urn:it:c_a182:"], 2),
        (["m_x", "--source", "urn:\n"], 2),
        (["m_x"], 2),
    ],
)
async def test_agency_command(home: Home, arguments: list[str], code: int) -> None:
    assert (await home.run("agency", "add", *arguments))[0] == code
