"""Metrics in a real database, compared with a plain recount over what is left at the end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from random import Random

import asyncpg
import pytest
from asyncpg import Connection, Pool
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.insights.experience import handlers
from percorso.insights.experience.families.suggestions import Happening, Kind
from percorso.insights.experience.rebuilding import rebuild
from percorso.insights.facts.handlers import Recorder
from percorso.insights.facts.rows import Change
from tests.support import experience, facts
from tests.support.batches import a_batch, cut
from tests.support.databases import Database
from tests.support.events import NOON, a_subject, a_withdrawal
from tests.support.experience import a_contact, recount, stored

_SIZES = st.lists(st.integers(1, 15), min_size=1, max_size=5)
RECORDER = Recorder(handlers.follow)


@pytest.fixture
async def pool(insights_database: Database) -> AsyncIterator[Pool]:
    async with insights_database.pool() as pool:
        await facts.begin(pool)
        yield pool


@pytest.mark.timeout(240)
def test_any_order_any_duplicates_withdrawals_and_cuts_count_as_a_recount(
    insights_database: Database,
) -> None:
    examples = count()

    async def check(
        pool: Pool, events: list[CloudEvent], sent: list[CloudEvent], sizes: list[int]
    ) -> None:
        number = next(examples)
        await _clear(insights_database)
        await facts.begin(pool, [number])
        for batch in cut(sent, sizes, partition=number):
            await facts.apply(pool, batch, RECORDER)
        assert await stored(pool) == recount(events)
        assert (await rebuild(pool, only_verify=True)).is_equal

    with asyncio.Runner() as runner:
        context = insights_database.pool()
        pool = runner.run(context.__aenter__())

        @settings(max_examples=60, deadline=None)
        @given(experience.histories(), st.randoms(), _SIZES)
        def law(events: list[CloudEvent], chance: Random, sizes: list[int]) -> None:
            sent = [*events, *chance.sample(events, len(events) // 2)]
            chance.shuffle(sent)
            runner.run(check(pool, events, sent, sizes))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))


async def test_workers_on_partitions_of_their_own_count_as_a_recount(pool: Pool) -> None:
    events = [_an_event_of(number) for number in range(800)]
    events += [
        a_withdrawal(f"w{number}", str(number), subject=a_subject(number % 8), minutes=number % 3)
        for number in range(0, 800, 7)
    ]
    Random(7).shuffle(events)
    await facts.begin(pool, range(4))

    await asyncio.gather(*(_work(pool, events, partition) for partition in range(4)))

    assert await stored(pool) == recount(events)


def _an_event_of(number: int) -> CloudEvent:
    """Return one of a citizen's: the citizens of all workers meet in the same minutes and channels."""
    kinds = ["application.received", "desk.visited", "application.taken-charge", "call.ended"]
    return a_contact(
        kinds[number // 8 % 4],
        str(number),
        subject=a_subject(number % 8),
        minutes=number % 5,
        channel=["01.1.1", "02.1", "03.2"][number % 3],
        matter="A/1",
        waited_s=number % 50,
    )


async def _work(pool: Pool, events: list[CloudEvent], partition: int) -> None:
    own = [each for each in events if int(each.subject) % 4 == partition]
    for batch in cut(own, [30, 7], partition=partition):
        await facts.apply(pool, batch, RECORDER)


async def test_what_is_rolled_back_was_not_counted(pool: Pool) -> None:
    async def fail(connection: Connection, change: Change) -> None:
        raise RuntimeError("killed here")

    with pytest.raises(RuntimeError):
        await facts.apply(pool, a_batch([_an_event_of(1)]), Recorder(handlers.follow, fail))

    assert await stored(pool) == {}


async def test_a_withdrawal_gives_a_matter_back_what_it_was_without_that_fact(pool: Pool) -> None:
    received, again, charged = (_an_event_of(number) for number in (0, 32, 81))
    await facts.apply(pool, a_batch([received, again, charged]), RECORDER)
    withdrawal = a_withdrawal("w", received.id, subject=received.subject)

    await facts.apply(pool, a_batch([withdrawal], first=3), RECORDER)

    assert await stored(pool) == recount([again, charged])


async def test_what_becomes_of_suggestions_counts_where_and_when_it_happens(pool: Pool) -> None:
    made = Happening(Kind.MADE, "tari", "c_a182", "05", NOON + timedelta(seconds=59))
    async with transaction(pool) as connection:
        await handlers.record(connection, [made, made, made._replace(kind=Kind.SHOWN)])

    assert await stored(pool) == {
        ("suggestions-made", NOON, "tari", "c_a182", "05", "", ""): (2, 0),
        ("suggestions-shown", NOON, "tari", "c_a182", "05", "", ""): (1, 0),
    }


async def _clear(database: Database) -> None:
    connection = await asyncpg.connect(database.admin)
    await connection.execute("TRUNCATE facts, withdrawals, metric_minutes")
    await connection.close()
