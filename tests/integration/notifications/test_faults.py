"""Whatever the mail server does, and wherever the process dies: suggestions never twice, duties until they are there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from percorso.chassis.postgres import transaction
from percorso.events.errors import Unavailable
from percorso.notifications.delivery import attempts, settling, store
from percorso.notifications.delivery.attempts import Attempts
from percorso.notifications.delivery.letters import Letters
from percorso.notifications.delivery.outcomes import Outcome
from tests.integration.notifications.mail import STEPS
from tests.integration.notifications.office import LEASE, Office, message

SUGGESTION, DUTY = "proactive-suggestions", "service-notices"
# From when on the server may have the mail although we were not told so.
SAID = {"354", "STORED"}
Kill = Callable[[], Awaitable[None]]


async def until_settled(desk: Office) -> None:
    """Let time pass and workers work until no message waits or is in hand."""
    for _ in range(20):
        desk.clock.advance(LEASE.total_seconds())
        await desk.give_up_lost()
        await desk.send()
        if not {"waiting", "sending"} & set(await desk.states()):
            return
    raise AssertionError("it never settles")


def only_ids(desk: Office) -> set[str]:
    """Return the Message-IDs that arrived."""
    return set(desk.mail.message_ids())


@pytest.mark.parametrize("step", STEPS[1:])  # refused in EHLO, a client greets with HELO
@pytest.mark.parametrize("purpose", [SUGGESTION, DUTY])
async def test_a_temporary_refusal_at_any_step_is_tried_again(
    desk: Office, step: str, purpose: str
) -> None:
    desk.mail.answer(step, "451 later")
    await desk.suggest(1, purpose=purpose)
    assert (await desk.send())[0] in {Outcome.DEFERRED, Outcome.AWAY}
    assert await desk.states() == ["waiting"]
    assert await desk.send() == []

    desk.mail.faults.clear()
    await until_settled(desk)

    assert await desk.states() == ["sent"]
    assert len(desk.mail.mails) == 1
    assert await desk.said() == [("sent", None)]


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        ("MAIL", Outcome.AWAY),
        ("RCPT", Outcome.REFUSED),
        ("354", Outcome.REFUSED),
    ],
)
async def test_a_refusal_for_good_ends_it_where_it_is_about_this_message(
    desk: Office, step: str, outcome: Outcome
) -> None:
    desk.mail.answer(step, "550 never")
    await desk.suggest(1)

    assert await desk.send() == [outcome]
    assert await desk.states() == ["failed" if outcome is Outcome.REFUSED else "waiting"]
    assert desk.mail.mails == []


@pytest.mark.parametrize(
    "answer", ["250-never", "nonsense", "199 what", "251 elsewhere", "354 more"]
)
async def test_an_answer_to_the_mail_that_makes_no_sense_leaves_it_unknown(
    desk: Office, answer: str
) -> None:
    desk.deadline = timedelta(seconds=0.5)
    desk.mail.answer("STORED", answer)
    await desk.suggest(1)

    assert await desk.send() == [Outcome.UNSURE]
    assert await desk.states() == ["unknown"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("fault", ["hang up", "silence"])
async def test_a_lost_connection_is_unknown_only_from_when_the_mail_was_said(
    desk: Office, step: str, fault: str
) -> None:
    desk.deadline = timedelta(seconds=0.5)
    if fault == "hang up":
        desk.mail.hang_up(step)
    else:
        desk.mail.hesitate(step, 1.5)
    await desk.suggest(1)
    await desk.suggest(2, purpose=DUTY)

    expected = Outcome.UNSURE if step in SAID else Outcome.AWAY
    assert await desk.send() == [expected] * 2
    assert await desk.states() == ["unknown" if step in SAID else "waiting", "waiting"]

    desk.mail.faults.clear()
    await until_settled(desk)

    ids = desk.mail.message_ids()
    assert ids.count(f"<{message(1)}@percorso.example>") == (step == "STORED" or step not in SAID)
    assert ids.count(f"<{message(2)}@percorso.example>") >= 1
    assert len(only_ids(desk)) <= 2
    assert sorted(await desk.said()) == sorted(
        [("failed", "unknown") if step in SAID else ("sent", None), ("sent", None)]
    )


@pytest.mark.parametrize("fault", ["421 not now", "nonsense", "hang up", "silence"])
async def test_what_goes_wrong_after_the_mail_was_taken_takes_nothing_back(
    desk: Office, fault: str
) -> None:
    desk.deadline = timedelta(seconds=0.5)
    if fault == "hang up":
        desk.mail.hang_up("QUIT")
    elif fault == "silence":
        desk.mail.hesitate("QUIT", 1.5)
    else:
        desk.mail.answer("QUIT", fault)
    await desk.suggest(1)

    assert await desk.send() == [Outcome.TAKEN]
    assert await desk.states() == ["sent"]


async def test_a_server_that_is_not_there_is_tried_again_until_the_end(desk: Office) -> None:
    desk.mail.port = 1
    await desk.suggest(1)

    for _ in range(desk.most_failures):
        assert await desk.send() == [Outcome.AWAY]
        assert await desk.send() == []
        desk.clock.advance(7_200)

    assert await desk.states() == ["failed"]
    assert await desk.said() == [("failed", "gave-up")]
    assert await desk.outcomes() == ["away"] * desk.most_failures


@pytest.mark.parametrize("greeting", [b"554 no service\r\n", b"421 full\r\n", b"", b"hello\r\n"])
async def test_a_server_that_does_not_welcome_us_is_away(desk: Office, greeting: bytes) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        desk.mail.port = server.sockets[0].getsockname()[1]
        await desk.suggest(1)

        assert await desk.send() == [Outcome.AWAY]


async def test_delays_between_attempts_grow(desk: Office) -> None:
    desk.most_failures = 10
    desk.mail.port = 1
    await desk.suggest(1)

    delays = []
    for _ in range(4):
        await desk.send()
        [row] = await desk.rows("SELECT due_at FROM messages")
        delays.append((row["due_at"] - desk.clock.now()).total_seconds())
        desk.clock.advance(delays[-1])

    assert delays == [30, 60, 120, 240]


async def test_a_duty_that_is_never_answered_ends_too(desk: Office) -> None:
    desk.mail.hang_up("354")
    await desk.suggest(1, purpose=DUTY)
    await until_settled(desk)

    assert await desk.said() == [("failed", "gave-up")]
    assert await desk.outcomes() == ["unsure"] * desk.most_failures


async def test_a_bug_of_ours_ends_in_the_same_way(desk: Office) -> None:
    await desk.suggest(1)
    with patch.object(Letters, "write", side_effect=KeyError("a bug")):
        assert await desk.send() == [Outcome.DEFERRED]
    assert await desk.states() == ["waiting"]

    desk.clock.advance(60)
    with patch.object(Attempts, "_written", return_value=None):  # the channel fails on it
        assert await desk.send() == [Outcome.UNSURE]
    assert await desk.states() == ["unknown"]


KILLED_AT = ["claimed", "vault", *STEPS, "QUIT", "outcome", "stored", "committed"]


@asynccontextmanager
async def killed(desk: Office, at: str, kill: Kill) -> AsyncIterator[None]:
    """Let `kill` run at one point of an attempt."""
    if at == "vault":
        desk.identity.before = kill
        yield
        desk.identity.before = None
    elif at in {*STEPS, "QUIT"}:

        async def fault() -> None:
            await kill()

        desk.mail.faults[at] = fault
        yield
        desk.mail.faults.clear()
    else:
        with _patched(at, kill):
            yield


def _patched(at: str, kill: Kill) -> Any:
    """Run `kill` before an outcome is stored, before that is committed, or right after."""
    if at == "outcome":
        return patch.object(store, "end", _first(kill, store.end))
    if at == "stored":
        return patch.object(attempts, "settle", _then(kill, settling.settle))
    stored = Attempts._stored
    return patch.object(Attempts, "_stored", _then(kill, stored))


def _first(kill: Kill, real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def function(*given: Any, **named: Any) -> Any:
        await kill()
        return await real(*given, **named)

    return function


def _then(kill: Kill, real: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def function(*given: Any, **named: Any) -> Any:
        answer = await real(*given, **named)
        await kill()
        return answer

    return function


@pytest.mark.parametrize("at", KILLED_AT)
async def test_a_process_that_dies_between_any_two_steps(desk: Office, at: str) -> None:
    await desk.suggest(1)
    await desk.suggest(2, purpose=DUTY)
    await _die(desk, at)

    await until_settled(desk)

    ids = desk.mail.message_ids()
    suggestion, duty = (ids.count(f"<{message(n)}@percorso.example>") for n in (1, 2))
    is_told = at == "committed"
    assert suggestion == (at in {"STORED", "QUIT", "outcome", "stored", "committed"})
    assert duty >= 1
    assert await desk.states() == ["sent" if is_told else "unknown", "sent"]
    assert (await desk.outcomes())[:2] == ["taken" if is_told else "lost"] * 2
    assert sorted(await desk.said()) == sorted(
        [("sent", None) if is_told else ("failed", "unknown"), ("sent", None)]
    )


async def _die(desk: Office, at: str) -> None:
    """Begin to send two messages, and let the process die when both have come to this point."""
    reached, met = asyncio.Event(), 0

    async def kill() -> None:
        nonlocal met
        met += 1
        if met == 2:
            reached.set()
        await asyncio.sleep(3_600)

    if at == "claimed":
        async with transaction(desk.pool) as connection:
            await desk._claims("email").take(connection, 50, desk.clock.now())
        return
    async with killed(desk, at, kill):
        sending = asyncio.create_task(desk.send())
        await asyncio.wait_for(reached.wait(), 10)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)


async def test_an_attempt_is_recorded_before_the_vault_is_asked(desk: Office) -> None:
    seen: list[list[str]] = []

    async def look() -> None:
        seen.append(await desk.states())
        assert await desk.outcomes() == [None]

    desk.identity.before = look
    await desk.suggest(1)
    await desk.send()

    assert seen == [["sending"]]


async def test_of_two_that_begin_the_same_attempt_one_has_it(desk: Office) -> None:
    await desk.suggest(1)
    async with transaction(desk.pool) as connection:
        [due] = await store.due(connection, "email", desk.clock.now(), 10)

    async def begin() -> int | None:
        async with transaction(desk.pool) as connection:
            now = desk.clock.now()
            return await store.begin(connection, due, now, now + LEASE)

    assert sorted(await asyncio.gather(begin(), begin()), key=str) == [1, None]


async def test_while_it_lasts_an_attempt_is_nobody_elses(desk: Office) -> None:
    await _hang(desk)
    desk.clock.advance(LEASE.total_seconds() - 1)
    await desk.give_up_lost()

    assert await desk.send() == []
    assert await desk.states() == ["sending"]


async def _hang(desk: Office) -> None:
    await desk.suggest(1)
    async with transaction(desk.pool) as connection:
        await desk._claims("email").take(connection, 50, desk.clock.now())


async def test_a_worker_that_was_frozen_sends_nothing_when_it_wakes(desk: Office) -> None:
    async def freeze() -> None:
        desk.clock.advance(LEASE.total_seconds())
        await desk.give_up_lost()

    desk.identity.before = freeze
    await desk.suggest(1)
    await desk.suggest(2, purpose=DUTY)
    await desk.send()
    desk.identity.before = None

    assert desk.mail.mails == []
    assert await desk.states() == ["unknown", "waiting"]
    await until_settled(desk)
    assert desk.mail.message_ids() == [f"<{message(2)}@percorso.example>"]
    assert await desk.states() == ["unknown", "sent"]


async def test_an_outcome_that_comes_too_late_changes_nothing(desk: Office) -> None:
    async def freeze() -> str | None:
        desk.clock.advance(LEASE.total_seconds())
        await desk.give_up_lost()
        return None

    desk.mail.faults["STORED"] = freeze
    await desk.suggest(1)
    await desk.send()

    assert len(desk.mail.mails) == 1
    assert await desk.states() == ["unknown"]
    assert await desk.said() == [("failed", "unknown")]


async def test_an_outcome_waits_for_a_database_that_is_away(desk: Office) -> None:
    real, tries = Attempts._stored, 0

    async def away_twice(*given: Any) -> bool:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise Unavailable
        return await real(*given)

    await desk.suggest(1)
    with patch.object(Attempts, "_stored", away_twice), patch.object(attempts, "RETRY_S", 0.01):
        await desk.send()

    assert await desk.states() == ["sent"]
    assert len(desk.mail.mails) == 1
