"""An address is let out only while its citizen allows it, and only with its entry."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from asyncpg import Connection, Pool

from percorso.chassis.clock import SystemClock
from percorso.chassis.postgres import transaction
from percorso.citizens.consents.facts import Purpose
from percorso.events.errors import Unavailable
from percorso.identity.access import store as access_store
from percorso.identity.access.entries import Access
from percorso.identity.consents import store as consents_store
from percorso.identity.consents.decisions import Decision
from percorso.identity.contacts.vault import Vault
from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.delivery.vault import Vault as Caller
from percorso.notifications.delivery.vault import Withheld
from tests.support.contacts import SUBJECT, Http, a_vault, routes
from tests.support.databases import Database
from tests.support.events import a_subject
from tests.support.links import link, someone_waits, unlink
from tests.support.waiting import until

OTHER, STRANGER = a_subject(2), a_subject(3)
ADDRESS, OTHERS = "qzx.canary@example.org", "qzx.other@example.org"
PHONE = "+393339876543"
PURPOSE: Purpose = "proactive-suggestions"


@pytest.fixture
async def vault(pool: Pool) -> Vault:
    """Give a vault that is ready."""
    vault = a_vault(pool, bytes(range(32)))
    await vault.compare()
    return vault


@pytest.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[Http]:
    """Give the routes; the first subject has addresses and has said nothing else."""
    async with routes(pool, vault) as http:
        await http.change({"email": ADDRESS, "phone": PHONE})
        yield http


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return status and slug of a refusal that holds no address."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert "qzx" not in answer.text
    assert PHONE not in answer.text
    return answer.status_code, answer.json()["type"].removeprefix("urn:percorso:problem:")


async def test_without_consent_there_is_no_address(http: Http) -> None:
    assert problem(await http.release()) == (403, "no-consent")
    assert (await http.log())["items"] == []


async def test_with_consent_there_is_one_and_the_citizen_sees_it(http: Http) -> None:
    await http.decide(is_given=True)

    answer = await http.release()

    assert (answer.status_code, answer.json()) == (200, {"address": ADDRESS})
    assert answer.headers["cache-control"] == "no-store"
    (entry,) = (await http.log())["items"]
    assert entry.pop("id")
    assert datetime.fromisoformat(entry.pop("at")) == http.clock.now()
    assert entry == {
        "who": "service:notifications",
        "role": None,
        "action": "email-released",
        "purpose": PURPOSE,
        "reference": "message-1",
    }
    assert (await http.log(STRANGER))["items"] == []


async def test_consent_is_for_a_purpose_and_a_channel(http: Http) -> None:
    await http.decide(is_given=True)

    assert problem(await http.release(purpose="feedback")) == (403, "no-consent")
    assert problem(await http.release(channel="phone")) == (403, "no-consent")
    assert problem(await http.release(subject=str(STRANGER))) == (403, "no-consent")
    await http.decide(is_given=True, path=f"{PURPOSE}/any")
    assert (await http.release(channel="phone")).json() == {"address": PHONE}
    assert [each["action"] for each in (await http.log())["items"]] == ["phone-released"]


async def test_a_channels_own_refusal_beats_any(http: Http) -> None:
    await http.decide(is_given=True, path=f"{PURPOSE}/any")
    await http.decide(is_given=False)

    assert problem(await http.release()) == (403, "no-consent")


async def test_what_rests_on_law_needs_no_consent(http: Http) -> None:
    assert (await http.release(purpose="service-notices")).json() == {"address": ADDRESS}
    assert [each["purpose"] for each in (await http.log())["items"]] == ["service-notices"]


async def test_for_the_inbox_consent_is_asked_and_nothing_given_away(http: Http) -> None:
    assert problem(await http.release(channel="inbox")) == (403, "no-consent")

    await http.decide(is_given=True, path=f"{PURPOSE}/inbox")

    assert (await http.release(channel="inbox")).json() == {"address": None}
    asked = {"subject": str(STRANGER), "purpose": "service-notices", "channel": "inbox"}
    assert (await http.release(**asked)).json() == {"address": None}
    assert problem(await http.release()) == (403, "no-consent")
    assert (await http.log())["items"] == (await http.log(STRANGER))["items"] == []


async def test_without_an_address_there_is_none(http: Http) -> None:
    await http.decide(is_given=True)
    await http.change({"phone": PHONE})

    assert problem(await http.release()) == (404, "no-address")
    asked = {"subject": str(STRANGER), "purpose": "service-notices"}
    assert problem(await http.release(**asked)) == (404, "no-address")
    assert (await http.log())["items"] == []


async def test_withdrawn_is_withdrawn(http: Http) -> None:
    await http.decide(is_given=True)
    assert (await http.release()).status_code == 200

    await http.decide(is_given=False)

    assert problem(await http.release()) == (403, "no-consent")


async def test_the_same_again_is_one_entry_and_another_reason_is_another(http: Http) -> None:
    await http.decide(is_given=True)
    for _ in range(2):
        assert (await http.release()).json() == {"address": ADDRESS}
        http.clock.advance(60)
    first = (await http.log())["items"]
    assert len(first) == 1

    await http.release(reference="message-2")
    await http.release(purpose="service-notices")

    assert len((await http.log())["items"]) == 3
    assert first[0] in (await http.log())["items"]


async def test_what_any_linked_subject_said_last_counts(http: Http, pool: Pool) -> None:
    await http.change({"email": OTHERS}, OTHER)
    await http.decide(OTHER, is_given=True)
    assert problem(await http.release()) == (403, "no-consent")

    link_id = await link(pool, SUBJECT, OTHER)
    assert (await http.release()).json() == {"address": OTHERS}
    assert (await http.release(subject=str(OTHER))).json() == {"address": OTHERS}
    assert len((await http.log(OTHER))["items"]) == 2
    await http.decide(is_given=False)
    assert problem(await http.release(subject=str(OTHER))) == (403, "no-consent")

    await unlink(pool, link_id)
    assert (await http.release(subject=str(OTHER))).json() == {"address": OTHERS}
    assert len((await http.log(OTHER))["items"]) == 1


async def withdraw(connection: Connection) -> None:
    """Withdraw the consent of the first subject, in this transaction."""
    decision = Decision(SUBJECT, PURPOSE, "email", is_given=False)
    await consents_store.decide(connection, decision, text_version=1, now=SystemClock().now())


async def test_a_consent_that_is_being_withdrawn_is_waited_for_and_wins(
    http: Http, pool: Pool
) -> None:
    await http.decide(is_given=True)

    async with transaction(pool) as connection:
        await withdraw(connection)
        release = asyncio.create_task(http.release())
        await until(lambda: someone_waits(pool))
        assert not release.done()

    assert problem(await release) == (403, "no-consent")
    assert (await http.log())["items"] == []


async def test_a_withdrawal_waits_for_a_release_that_has_asked_already(
    http: Http, pool: Pool, vault: Vault
) -> None:
    await http.decide(is_given=True)
    has_asked, may_go_on = asyncio.Event(), asyncio.Event()

    async def note(connection: Connection, access: Access, now: datetime) -> bool:
        has_asked.set()
        await may_go_on.wait()
        return await access_store.note(connection, access, now)

    async with routes(pool, vault, note) as slow:
        release = asyncio.create_task(slow.release())
        await has_asked.wait()
        withdrawal = asyncio.create_task(http.decide(is_given=False))
        await until(lambda: someone_waits(pool))
        assert not withdrawal.done()
        may_go_on.set()
        assert (await release).json() == {"address": ADDRESS}
        await withdrawal

    assert problem(await http.release()) == (403, "no-consent")


async def test_a_link_that_is_being_made_is_waited_for(http: Http, pool: Pool) -> None:
    await http.decide(is_given=True)
    await http.decide(OTHER, is_given=False)
    async with transaction(pool) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('links'))")
        release = asyncio.create_task(http.release())
        await until(lambda: someone_waits(pool))
        assert not release.done()
    assert (await release).status_code == 200

    await link(pool, SUBJECT, OTHER)
    assert problem(await http.release(reference="message-2")) == (403, "no-consent")


@pytest.mark.timeout(120)
async def test_whoever_was_told_that_it_is_withdrawn_is_not_written_to(http: Http) -> None:
    """Give and withdraw again and again: no release that begins after a withdrawal gets one."""
    given, withdrawn, faults = 0, 0, 0
    outcomes: list[int] = []

    async def decide() -> None:
        nonlocal given, withdrawn
        for number in range(1, 31):
            given = number
            await http.decide(is_given=True)
            await asyncio.sleep(0.001 * (number % 3))
            await http.decide(is_given=False)
            withdrawn = number
            await asyncio.sleep(0.001 * (number % 5))

    async def release() -> None:
        nonlocal faults
        while not deciding.done():
            is_withdrawn, round_ = withdrawn == given, given
            answer = await http.release()
            outcomes.append(answer.status_code)
            faults += is_withdrawn and round_ == given and answer.status_code == 200

    deciding = asyncio.create_task(decide())
    await asyncio.gather(deciding, *(release() for _ in range(4)))

    assert {200, 403} <= set(outcomes)
    assert faults == 0
    assert problem(await http.release()) == (403, "no-consent")


async def test_without_its_entry_there_is_no_address(http: Http, database: Database) -> None:
    async with database.administrator() as administrator:
        await administrator.execute("REVOKE INSERT ON access_log FROM percorso_identity")

    assert problem(await http.release(purpose="service-notices"))[0] == 500


async def _away(*_: object) -> bool:
    raise Unavailable


async def test_while_the_log_is_away_there_is_no_address(
    pool: Pool, http: Http, vault: Vault
) -> None:
    async with routes(pool, vault, _away) as other:
        answer = await other.release(purpose="service-notices")

    assert problem(answer) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
    assert (await http.log())["items"] == []


async def test_an_entry_that_is_refused_at_the_commit_gives_no_address(
    http: Http, database: Database
) -> None:
    async with database.administrator() as administrator:
        await administrator.execute(
            "ALTER TABLE access_log ADD COLUMN other uuid, ADD CONSTRAINT other_fkey "
            "FOREIGN KEY (other, entry_id) REFERENCES access_log (subject, entry_id) "
            "DEFERRABLE INITIALLY DEFERRED"
        )
        await administrator.execute(
            "ALTER TABLE access_log ALTER COLUMN other SET DEFAULT gen_random_uuid()"
        )

    assert problem(await http.release(purpose="service-notices"))[0] == 500
    assert (await http.log())["items"] == []


async def test_notifications_understands_the_answers(http: Http) -> None:
    async def authorization() -> str:
        return http.service()

    async def release(via: str) -> str | None:
        reference = UUID(int=1)
        return await caller.release(SUBJECT, purpose=PURPOSE, via=via, reference=reference)

    caller = Caller("http://identity", authorization, http.client)
    with pytest.raises(Withheld) as refused:
        await release("email")
    assert refused.value.outcome is Outcome.NO_CONSENT

    await http.decide(is_given=True, path=f"{PURPOSE}/any")
    assert await release("email") == ADDRESS
    assert await release("inbox") is None
    await http.change({})
    with pytest.raises(Withheld) as refused:
        await release("email")
    assert refused.value.outcome is Outcome.NO_ADDRESS


CALLERS: list[Callable[[Http], str]] = [
    lambda http: http.service("insights"),
    lambda http: http.service("portal"),
    lambda http: http.citizen(level=3),
    lambda http: http.issuer.agency("identity"),
    lambda http: http.issuer.operator("identity", "desk"),
    lambda http: http.issuer.operator("identity", "operations"),
]


@pytest.mark.parametrize("caller", CALLERS)
async def test_nobody_else_gets_an_address(http: Http, caller: Callable[[Http], str]) -> None:
    await http.decide(is_given=True)
    body = {
        "subject": str(SUBJECT),
        "purpose": PURPOSE,
        "channel": "email",
        "reference": "message-1",
    }

    answer = await http.call("POST", "/v1/contacts/release", body, by=caller(http))

    assert problem(answer) == (403, "forbidden")
    assert (await http.log())["items"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"subject": "qzx"},
        {"purpose": "qzx"},
        {"channel": "any"},
        {"channel": "app"},
        {"reference": ""},
        {"reference": "qzx qzx"},
        {"reference": "qzx\u2028"},
        {"reference": "q" * 257},
        {"qzx": 1},
    ],
)
async def test_other_requests_are_refused_without_echo(http: Http, asked: dict[str, Any]) -> None:
    assert problem(await http.release(**asked)) == (422, "invalid-request")


async def test_while_the_vault_is_closed_it_waits_and_no_entry_is_made(
    http: Http, vault: Vault
) -> None:
    vault._fault = "closed"

    assert problem(await http.release(purpose="service-notices")) == (503, "unavailable")
    assert (await http.log())["items"] == []
