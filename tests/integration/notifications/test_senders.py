"""The workers: what one channel needs and is away delays that channel alone, and a stop loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import pytest
from prometheus_client import REGISTRY

from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.notifications.delivery import sender as senders
from percorso.notifications.delivery.circuit import Circuit
from percorso.notifications.delivery.claims import Claims
from percorso.notifications.delivery.sender import Sender
from tests.integration.notifications.office import LEASE, Office, message
from tests.support.events import a_subject
from tests.support.waiting import until


@pytest.fixture(autouse=True)
def _impatient() -> object:
    with patch.object(senders, "POLL_S", 0.02), patch.object(senders, "RETRY_S", 0.02):
        yield


@asynccontextmanager
async def running(*workers: Sender) -> AsyncIterator[None]:
    """Run workers as a service does, and stop them in order."""
    stop = asyncio.Event()
    tasks = [asyncio.create_task(worker.run(stop)) for worker in workers]
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(asyncio.gather(*tasks), 20)


async def citizens(desk: Office, number: int) -> None:
    """Suggest one thing to each of so many citizens."""
    for each in range(1, number + 1):
        subject = a_subject(100 + each)
        desk.identity.addresses[subject] = f"citizen{each}@mail.example"
        await desk.suggest(each, subject=subject)


async def test_all_that_is_due_is_sent_once_by_two_workers(desk: Office) -> None:
    await citizens(desk, 40)
    async with running(desk.sender(), desk.sender()):
        await until(lambda: len(desk.mail.mails) >= 40)
        await desk.suggest(50)  # what is due is sent before it
        await until(lambda: "ada@mail.example" in desk.mail.recipients)

    assert len(desk.mail.mails) == len(set(desk.mail.message_ids())) == 41
    assert set(await desk.states()) == {"sent"}


async def test_no_more_conversations_than_slots_are_held(desk: Office) -> None:
    now = most = 0

    async def count() -> str | None:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.02)
        now -= 1
        return None

    desk.mail.faults["MAIL"] = count
    await citizens(desk, 20)
    async with running(desk.sender(slots=3)):
        await until(lambda: len(desk.mail.mails) == 20)

    assert most == 3


async def test_a_silent_mail_server_does_not_delay_the_inbox(desk: Office) -> None:
    desk.mail.hesitate("MAIL", 3_600)
    await citizens(desk, 10)
    for number in range(50, 60):
        await desk.suggest(number, subject=a_subject(number), via="inbox")

    async with running(desk.sender(), desk.sender("inbox")):
        await until(lambda: _delivered(desk), within_s=4)
        assert desk.mail.mails == []


async def _delivered(desk: Office) -> bool:
    return (await desk.states()).count("delivered") == 10


async def test_while_the_mail_server_is_away_messages_wait_and_few_attempts_are_made(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, desk.mail.port = desk.mail.port, 1
    await citizens(desk, 30)
    async with running(desk.sender(slots=4)):
        await until(lambda: _attempted(desk, 4))
        await _rounds(monkeypatch)
        assert len(await desk.outcomes()) == 4
        desk.clock.advance(1)
        await until(lambda: _attempted(desk, 5))
        await _rounds(monkeypatch)
        assert len(await desk.outcomes()) == 5
    assert (await desk.states()).count("waiting") == 30

    desk.mail.port = port
    desk.clock.advance(60)
    async with running(desk.sender(slots=4)):
        await until(lambda: len(desk.mail.mails) == 30)


async def _attempted(desk: Office, number: int) -> bool:
    return len([each for each in await desk.outcomes() if each]) == number


async def _rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Return when a worker has looked three times more for what it may send."""
    real, looked = Circuit.free, 0

    def counted(*given: Any) -> int:
        nonlocal looked
        looked += 1
        return real(*given)

    monkeypatch.setattr(Circuit, "free", counted)
    await until(lambda: looked > 3)
    monkeypatch.setattr(Circuit, "free", real)


async def test_while_identity_is_away_it_is_asked_seldom(
    desk: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.identity.status = 503
    await citizens(desk, 30)
    async with running(desk.sender(slots=4)):
        await until(lambda: _attempted(desk, 4))
        await _rounds(monkeypatch)
        assert len(await desk.outcomes()) == len(desk.identity.asked) == 4
        desk.identity.status = None
        desk.clock.advance(10)
        await until(lambda: len(desk.mail.mails) == 30)


async def test_a_message_refused_for_good_holds_up_no_other(desk: Office) -> None:
    await citizens(desk, 10)
    desk.mail.answer("RCPT", "550 never")
    async with running(desk.sender(slots=2)):
        await until(lambda: _all(desk, "failed"))

    assert desk.mail.conversations == 10


async def _all(desk: Office, state: str) -> bool:
    return set(await desk.states()) == {state}


async def test_a_stop_lets_what_is_in_hand_come_to_its_end(desk: Office) -> None:
    begun = asyncio.Event()

    async def slow() -> str | None:
        begun.set()
        await asyncio.sleep(0.2)
        return None

    desk.mail.faults["MAIL"] = slow
    await desk.suggest(1)
    async with running(desk.sender()):
        await asyncio.wait_for(begun.wait(), 10)

    assert await desk.states() == ["sent"]


async def test_a_worker_that_is_cut_short_leaves_an_attempt_that_is_settled_later(
    desk: Office,
) -> None:
    desk.mail.hesitate("RCPT", 3_600)
    await desk.suggest(1)
    stop = asyncio.Event()
    cut = asyncio.create_task(desk.sender().run(stop))
    await until(lambda: desk.mail.conversations == 1)
    cut.cancel()
    await asyncio.gather(cut, return_exceptions=True)
    assert await desk.states() == ["sending"]

    desk.clock.advance(LEASE.total_seconds())
    async with running(desk.sender()):
        await until(lambda: _all(desk, "unknown"))
    assert desk.mail.mails == []


async def test_a_database_that_is_away_is_waited_for(desk: Office) -> None:
    real, calls = Claims.take, 0

    async def away(*given: object) -> object:
        nonlocal calls
        calls += 1
        if calls < 4:
            raise Unavailable
        return await real(*given)  # type: ignore[arg-type]

    await desk.suggest(1)
    with patch.object(Claims, "take", away):
        async with running(desk.sender()):
            await until(lambda: _all(desk, "sent"))


async def test_it_shows_how_many_wait_and_how_long_the_first_has_been_due(desk: Office) -> None:
    desk.mail.port = 1
    desk.clock.advance(90)
    await citizens(desk, 3)
    async with running(desk.sender()):
        await until(lambda: _gauge("percorso_messages_waiting") == 3)

    assert _gauge("percorso_messages_due_seconds") == 90


def _gauge(name: str) -> float | None:
    return REGISTRY.get_sample_value(name, {"via": "email"})


async def test_a_bug_in_one_message_does_not_stop_the_others(desk: Office) -> None:
    await citizens(desk, 3)
    await desk.suggest(50)
    await _break(desk, 50)
    async with running(desk.sender()):
        await until(lambda: len(desk.mail.mails) == 3)

    assert sorted(await desk.states()) == ["sent", "sent", "sent", "waiting"]


async def _break(desk: Office, number: int) -> None:
    """Let a stored suggestion be what no code of ours writes."""
    async with transaction(desk.pool) as connection:
        await connection.execute(
            'UPDATE messages SET suggestion = \'{"suggestion": "suggestion-0050"}\' '
            "WHERE message_id = $1",
            message(number),
        )
