"""Sending with identity's own routes: what the citizen says there is what happens here, at that moment."""

from collections.abc import AsyncIterator

import pytest

from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.delivery.vault import Vault
from tests.integration.notifications.office import ADA, Office, message
from tests.support import contacts
from tests.support.contacts import Http
from tests.support.databases import Database

MASTER = b"percorso master, never in use!!!"
INBOX = "proactive-suggestions/inbox"


@pytest.fixture
async def identity(desk: Office, identity_database: Database) -> AsyncIterator[Http]:
    """Give identity's routes, and let the office ask them."""
    async with identity_database.pool() as pool:
        sealed = contacts.a_vault(pool, MASTER)
        await sealed.compare()
        async with contacts.routes(pool, sealed) as http:

            async def authorization() -> str:
                return http.service()

            desk.vault = Vault("http://identity", authorization, http.client)
            yield http


async def test_who_said_nothing_hears_nothing(desk: Office, identity: Http) -> None:
    await identity.change({"email": "ada@mail.example"})
    await desk.suggest(1)
    await desk.suggest(2, via="inbox")

    assert await desk.send() == await desk.send("inbox") == [Outcome.NO_CONSENT]
    assert desk.mail.mails == []


async def test_who_agreed_hears_once_and_sees_who_asked(desk: Office, identity: Http) -> None:
    await identity.change({"email": "ada@mail.example"})
    await identity.decide(is_given=True)
    await desk.suggest(1)

    assert await desk.send() == [Outcome.TAKEN]
    assert desk.mail.recipients == ["ada@mail.example"]
    [entry] = (await identity.log())["items"]
    assert (entry["who"], entry["reference"]) == ("service:notifications", str(message(1)))


async def test_who_withdraws_before_the_next_attempt_hears_nothing(
    desk: Office, identity: Http
) -> None:
    await identity.change({"email": "ada@mail.example"})
    await identity.decide(is_given=True)
    desk.mail.answer("RCPT", "451 later")
    await desk.suggest(1)
    assert await desk.send() == [Outcome.DEFERRED]

    desk.mail.faults.clear()
    await identity.decide(is_given=False)
    desk.clock.advance(60)

    assert await desk.send() == [Outcome.NO_CONSENT]
    assert desk.mail.mails == []


async def test_who_has_no_address_gets_what_is_put_into_the_inbox(
    desk: Office, identity: Http
) -> None:
    await identity.decide(is_given=True)
    await identity.decide(is_given=True, path=INBOX)
    await desk.suggest(1)
    await desk.suggest(2, via="inbox")

    assert await desk.send() == [Outcome.NO_ADDRESS]
    assert await desk.send("inbox") == [Outcome.IN_PLACE]
    assert (await identity.log())["items"] == []


async def test_a_duty_reaches_who_agreed_to_nothing(desk: Office, identity: Http) -> None:
    await identity.change({"email": "ada@mail.example"})
    await desk.suggest(1, purpose="service-notices")
    await desk.suggest(2, purpose="service-notices", via="inbox")

    assert await desk.send() == [Outcome.TAKEN]
    assert await desk.send("inbox") == [Outcome.IN_PLACE]


async def test_another_service_is_not_answered(desk: Office, identity: Http) -> None:
    async def authorization() -> str:
        return identity.service("insights")

    desk.vault = Vault("http://identity", authorization, identity.client)
    await identity.change({"email": "ada@mail.example"})
    await identity.decide(is_given=True)
    await desk.suggest(1, subject=ADA)

    assert await desk.send() == [Outcome.UNASKED]
    assert desk.mail.mails == []
