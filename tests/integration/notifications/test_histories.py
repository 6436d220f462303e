"""Random histories of faults, deaths, reactions and time, judged by what the mail server saw."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count, pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.chassis.testing import FakeClock
from percorso.notifications.delivery.states import STEPS, State
from tests.integration.notifications.mail import STEPS as MAIL_STEPS
from tests.integration.notifications.office import LEASE, NOW, Office, message, office, reacted
from tests.support.databases import Database
from tests.support.events import a_subject

# How many messages an example has; the second half of them are duties.
MESSAGES = 4
FAULT = st.tuples(
    st.sampled_from(["refuse", "defer", "hang up", "die"]), st.sampled_from(MAIL_STEPS)
)
STEP = st.one_of(
    st.tuples(st.just("send"), st.one_of(st.none(), FAULT)),
    st.tuples(st.just("send"), st.one_of(st.none(), FAULT)),
    st.tuples(st.just("pass"), st.sampled_from([1, 31, 61, 7_200])),
    st.tuples(st.just("dismiss"), st.integers(0, MESSAGES - 1)),
    st.tuples(st.just("consent"), st.booleans()),
    st.tuples(st.just("say again"), st.none()),
)


class Example:
    """The messages of one citizen, what happened to them, and what may be true of them."""

    def __init__(self, desk: Office, number: int) -> None:
        self.desk = desk
        self.subject = a_subject(10_000 + number)
        self.numbers = [number * MESSAGES + n for n in range(MESSAGES)]
        self.ways: dict[int, list[State]] = {n: [State.WAITING] for n in self.numbers}
        self.consents: list[bool] = []
        desk.identity.addresses[self.subject] = "somebody@mail.example"

    def is_duty(self, number: int) -> bool:
        """Say whether a message is a duty."""
        return self.numbers.index(number) >= MESSAGES // 2

    async def say(self) -> None:
        """Apply all suggestions."""
        for number in self.numbers:
            purpose = "service-notices" if self.is_duty(number) else "proactive-suggestions"
            await self.desk.suggest(number, subject=self.subject, purpose=purpose)

    async def take(self, step: tuple[str, Any]) -> None:
        """Let one thing happen, and look."""
        match step:
            case ("send", fault):
                async with _faulty(self.desk, fault):
                    await _send(self.desk, dies=fault is not None and fault[0] == "die")
            case ("pass", seconds):
                self.desk.clock.advance(seconds)
                await self.desk.give_up_lost()
            case ("dismiss", at):
                await self.desk.apply(reacted(self.numbers[at], "dismissed", self.subject))
            case ("consent", True):
                self.desk.identity.refusing.discard((self.subject, "email"))
            case ("consent", False):
                self.desk.identity.refusing.add((self.subject, "email"))
            case _:
                await self.say()
        await self.look()

    async def look(self) -> None:
        """Note the state of each message, and that it was reached by an allowed way."""
        rows = await self.desk.rows(
            "SELECT message_id, state FROM messages WHERE subject = $1", self.subject
        )
        states = {str(row["message_id"]): State(row["state"]) for row in rows}
        for number, way in self.ways.items():
            if states[str(message(number))] is not way[-1]:
                way.append(states[str(message(number))])

    async def settle(self) -> None:
        """Let all come to rest, with all that is needed there."""
        self.desk.identity.refusing.discard((self.subject, "email"))
        for _ in range(12):
            await self.take(("pass", LEASE.total_seconds()))
            await self.take(("send", None))
        assert not any({way[-1]} & {State.WAITING, State.SENDING} for way in self.ways.values())

    def judge(self) -> None:
        """Compare with what the mail server saw."""
        arrived = Counter(self.desk.mail.message_ids())
        for number, way in self.ways.items():
            mails = arrived[f"<{message(number)}@percorso.example>"]
            if not self.is_duty(number):
                assert mails <= 1
            if way[-1] is State.SENT:
                assert mails >= 1
            if way[-1] in {State.CANCELLED, State.EXPIRED} and not self.is_duty(number):
                assert mails == 0
            assert all(_is_way(*each) for each in pairwise(way)), way

    async def judge_events(self) -> None:
        """See that each message said at most one thing of how it ended."""
        rows = await self.desk.rows("SELECT convert_from(value, 'utf8') AS value FROM outbox")
        for number in self.numbers:
            said = [row for row in rows if str(message(number)) in row["value"]]
            assert len(said) == (self.ways[number][-1] in {State.SENT, State.FAILED, State.UNKNOWN})


def _is_way(one: State, other: State) -> bool:
    """Say whether a state may be seen after another; between two looks a message takes two steps at most."""
    return other in STEPS[one] or any(other in STEPS[between] for between in STEPS[one])


async def _send(desk: Office, *, dies: bool) -> None:
    sending = asyncio.create_task(desk.send())
    if not dies:
        await sending
        return
    await asyncio.wait([sending], timeout=0.15)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


@asynccontextmanager
async def _faulty(desk: Office, fault: tuple[str, str] | None) -> AsyncIterator[None]:
    match fault:
        case ("refuse", step):
            desk.mail.answer(step, "550 never")
        case ("defer", step):
            desk.mail.answer(step, "450 later")
        case ("hang up", step):
            desk.mail.hang_up(step)
        case ("die", step):
            desk.mail.hesitate(step, 60)
    yield
    desk.mail.faults.clear()


@pytest.mark.timeout(240)
def test_suggestions_arrive_at_most_once_and_no_status_runs_backwards(
    notifications_database: Database,
) -> None:
    numbers = count(1)

    async def check(desk: Office, steps: list[tuple[str, Any]]) -> None:
        example = Example(desk, next(numbers))
        await example.say()
        for step in steps:
            await example.take(step)
        await example.settle()
        example.judge()
        await example.judge_events()

    with asyncio.Runner() as runner:
        context = office(notifications_database)
        desk = runner.run(context.__aenter__())
        desk.budget = desk.budget._replace(per_day=100, per_week=100)

        @settings(max_examples=60, deadline=None)
        @given(st.lists(STEP, max_size=12))
        def law(steps: list[tuple[str, Any]]) -> None:
            desk.clock = FakeClock(NOW)  # each example begins at midday
            runner.run(check(desk, steps))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))
