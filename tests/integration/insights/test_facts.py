"""Facts in a real database, compared with a plain model."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count
from random import Random
from uuid import UUID, uuid5

import pytest
from asyncpg import Pool
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from percorso.chassis.consumption import dead_letters
from percorso.chassis.consumption.applying import Consumption, redrive
from percorso.chassis.postgres import transaction
from percorso.chassis.testing import recorded_spans
from percorso.events import tracing
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Fenced, Reason
from percorso.events.kafka.batch import DeadLetter, Position
from percorso.events.kafka.codec import decode, encode
from percorso.events.topics import TOUCHPOINTS
from percorso.insights.facts.handlers import Recorder
from percorso.insights.facts.rows import Change
from tests.support import facts
from tests.support.batches import a_batch, cut
from tests.support.databases import Database
from tests.support.events import a_subject, a_withdrawal, an_event
from tests.support.facts import Counting, expected

CITIZENS = [a_subject(number) for number in range(3)]
_SIZES = st.lists(st.integers(1, 15), min_size=1, max_size=5)


@pytest.fixture
async def pool(insights_database: Database) -> AsyncIterator[Pool]:
    async with insights_database.pool() as pool:
        await facts.begin(pool)
        yield pool


def events() -> st.SearchStrategy[CloudEvent]:
    """Return events of few citizens, times and ids, so that they meet."""
    plain = st.builds(
        an_event,
        st.integers(0, 12).map(str),
        subject=st.sampled_from(CITIZENS),
        minutes=st.integers(0, 3),
        sequence=st.integers(0, 1),
    )
    withdrawn = st.builds(
        lambda number, about, subject: a_withdrawal(f"w{number}", about, subject=subject),
        st.integers(0, 3),
        st.one_of(st.integers(0, 12).map(str), st.just("w1")),
        st.sampled_from(CITIZENS),
    )
    return st.one_of(plain, plain, plain, withdrawn)


@pytest.mark.timeout(120)
def test_any_order_any_duplicates_and_any_cuts_tell_the_effects_what_counts(
    insights_database: Database,
) -> None:
    examples = count()  # each has citizens and a partition of its own in the one database

    async def check(pool: Pool, sent: list[CloudEvent], sizes: list[int]) -> None:
        number = next(examples)
        own = [structs.replace(event, subject=_of_example(number, event)) for event in sent]
        counting = Counting()
        await facts.begin(pool, [number])
        for batch in cut(own, sizes, partition=number):
            await facts.apply(pool, batch, Recorder(counting.follow))
        assert dict.fromkeys(expected(own), 1) == +counting.places
        assert min(counting.places.values(), default=0) >= 0

    with asyncio.Runner() as runner:
        context = insights_database.pool()
        pool = runner.run(context.__aenter__())

        @settings(max_examples=150, deadline=None)
        @given(st.lists(events(), min_size=1, max_size=40), st.randoms(), _SIZES)
        def law(made: list[CloudEvent], chance: Random, sizes: list[int]) -> None:
            sent = [*made, *chance.sample(made, len(made) // 2)]
            chance.shuffle(sent)
            runner.run(check(pool, sent, sizes))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))


def _of_example(number: int, event: CloudEvent) -> UUID:
    return uuid5(event.subject, str(number))


async def test_rows_offsets_and_effects_commit_together_or_not_at_all(pool: Pool) -> None:
    async def killed(connection: object, change: Change) -> None:
        raise RuntimeError("killed here")

    counting = Counting()
    with pytest.raises(RuntimeError):
        await facts.apply(pool, a_batch([an_event()]), Recorder(killed))
    await facts.apply(pool, a_batch([an_event()]), Recorder(counting.follow))
    with pytest.raises(Fenced):
        await facts.apply(pool, a_batch([an_event()]), Recorder(counting.follow))

    assert list(counting.places.values()) == [1]


async def test_what_a_batch_adds_and_hides_within_itself_is_no_change(pool: Pool) -> None:
    changes: list[Change] = []

    async def note(connection: object, change: Change) -> None:
        changes.append(change)

    batch = a_batch([a_withdrawal("w", "2"), an_event("1"), a_withdrawal("v", "1"), an_event("2")])
    await facts.apply(pool, batch, Recorder(note))

    assert [fact.id for change in changes for fact in change.added] == ["w", "v"]
    assert [fact.id for change in changes for fact in change.hidden] == []


async def test_an_event_that_is_no_touchpoint_is_a_dead_letter(pool: Pool) -> None:
    counting = Counting()
    broken = an_event("2", touchpoint=b'{"channel": 7}')

    await facts.apply(pool, a_batch([broken, an_event("1")]), Recorder(counting.follow))

    async with transaction(pool) as connection:
        letters = await dead_letters.page(connection, reason=None, limit=9)
    assert [letter.reason for letter in letters] == [Reason.INVALID_TOUCHPOINT]
    assert len(counting.places) == 1


async def test_a_change_has_the_trace_under_the_span_that_processes_it(pool: Pool) -> None:
    changes: list[Change] = []

    async def note(connection: object, change: Change) -> None:
        changes.append(change)

    sampled, other = (f"00-{'a' * 32}-{'b' * 16}-0{flag}" for flag in "10")
    batch = a_batch(
        [an_event("1", traceparent=sampled), an_event("2", traceparent=other), an_event("3")]
    )
    with recorded_spans() as spans:
        await facts.apply(pool, batch, Recorder(note))
        (process,) = (
            span for span in spans.get_finished_spans() if span.name.startswith("process ")
        )

    (change,) = changes
    one, two = (change.traceparents[fact.event_key] for fact in change.added[:2])
    assert tracing.span_context(one).span_id == process.context.span_id
    assert two == other
    assert len(change.traceparents) == 2


async def test_a_withdrawal_is_redriven_beside_a_batch_without_missing_what_it_hides(
    pool: Pool,
) -> None:
    counting = Counting()
    recorder = Recorder(counting.follow)
    letter_id = await _letter(pool, a_withdrawal("w", "1"))
    is_stored, may_commit = asyncio.Event(), asyncio.Event()

    async def slow(connection: object, change: Change) -> None:
        is_stored.set()
        await may_commit.wait()

    applying = asyncio.create_task(
        facts.apply(pool, a_batch([an_event("1")]), Recorder(counting.follow, slow))
    )
    await is_stored.wait()
    consumptions = {TOUCHPOINTS.name: Consumption(TOUCHPOINTS, decode, recorder.record)}
    redriving = asyncio.create_task(redrive(pool, letter_id, consumptions))
    done, _ = await asyncio.wait([redriving], timeout=0.3)
    may_commit.set()
    await asyncio.gather(applying, redriving)

    assert not done
    assert +counting.places == dict.fromkeys(expected([an_event("1"), a_withdrawal("w", "1")]), 1)


async def _letter(pool: Pool, event: CloudEvent) -> int:
    key, value, headers = encode(event)
    letter = DeadLetter(Position(0, 900), Reason.REJECTED_BY_STORE, key, value, headers)
    async with transaction(pool) as connection:
        await dead_letters.record(connection, TOUCHPOINTS.name, [letter])
        (kept,) = await dead_letters.page(connection, reason=None, limit=9)
    return kept.id
