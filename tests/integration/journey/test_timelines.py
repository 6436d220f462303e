"""Timelines in a real database, compared with a plain model."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from random import Random
from uuid import UUID, uuid5

import pytest
from asyncpg import Pool
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from percorso.chassis.consumption import dead_letters, offsets
from percorso.chassis.consumption.applying import Consumption, redrive
from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Fenced, Reason
from percorso.events.kafka.codec import Record, decode, encode
from percorso.events.topics import TOUCHPOINTS
from percorso.journey.timelines.handlers import Recorder
from percorso.journey.timelines.partitions import Partitions
from tests.support import timelines
from tests.support.batches import a_batch, cut
from tests.support.databases import Database
from tests.support.events import a_subject, a_touchpoint, a_withdrawal, an_event
from tests.support.timelines import expected, stored

CITIZENS = [a_subject(number) for number in range(3)]


@pytest.fixture
async def pool(journey_database: Database) -> AsyncIterator[Pool]:
    async with journey_database.pool() as pool:
        await timelines.begin(pool)
        yield pool


def facts() -> st.SearchStrategy[CloudEvent]:
    """Return events of few citizens, times and ids, so that they meet."""
    plain = st.builds(
        an_event,
        st.integers(0, 12).map(str),
        subject=st.sampled_from(CITIZENS),
        minutes=st.integers(0, 3),
        sequence=st.integers(0, 1),
    )
    withdrawn = st.builds(
        lambda number, about, subject: a_withdrawal(f"w{number}", str(about), subject=subject),
        st.integers(0, 3),
        st.integers(0, 12),
        st.sampled_from(CITIZENS),
    )
    return st.one_of(plain, plain, plain, withdrawn)


@pytest.mark.timeout(120)
def test_any_order_any_duplicates_and_any_cuts_give_the_same_timeline(
    journey_database: Database,
) -> None:
    examples = count()  # each has citizens and a partition of its own in the one database

    async def check(pool: Pool, sent: list[CloudEvent], sizes: list[int]) -> None:
        number = next(examples)
        own = [structs.replace(event, subject=_of_example(number, event)) for event in sent]
        await timelines.begin(pool, [number])
        for batch in cut(own, sizes, partition=number):
            await timelines.apply(pool, batch)
        for citizen in {event.subject for event in own}:
            assert await stored(pool, citizen, page=3) == expected(own, citizen)
            assert await stored(pool, citizen, order="desc") == expected(own, citizen)

    with asyncio.Runner() as runner:
        context = journey_database.pool()
        pool = runner.run(context.__aenter__())

        @settings(max_examples=150, deadline=None)
        @given(st.lists(facts(), min_size=1, max_size=40), st.randoms(), _SIZES)
        def law(events: list[CloudEvent], chance: Random, sizes: list[int]) -> None:
            sent = [*events, *chance.sample(events, len(events) // 2)]
            chance.shuffle(sent)
            runner.run(check(pool, sent, sizes))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))


_SIZES = st.lists(st.integers(1, 15), min_size=1, max_size=5)


def _of_example(number: int, event: CloudEvent) -> UUID:
    return uuid5(event.subject, str(number))


async def test_a_batch_that_is_applied_again_is_refused_by_the_fence(pool: Pool) -> None:
    batch = a_batch([an_event("1"), an_event("2", minutes=1)])
    await timelines.apply(pool, batch)

    with pytest.raises(Fenced):
        await timelines.apply(pool, batch)

    assert len(await stored(pool, a_subject())) == 2


async def test_of_two_workers_with_the_same_batch_one_commits(pool: Pool) -> None:
    batches = [a_batch([an_event(f"{worker}-{n}") for n in range(20)]) for worker in range(4)]

    outcomes = await asyncio.gather(
        *(timelines.apply(pool, batch) for batch in batches), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "Fenced", "Fenced", "Fenced", "NoneType",
    ]  # fmt: skip
    assert len(await stored(pool, a_subject())) == 20


async def test_rows_and_offsets_commit_together_or_not_at_all(pool: Pool) -> None:
    async def interrupted(connection: object, deliveries: object) -> object:
        await Recorder(Partitions(pool)).record(connection, deliveries)  # type: ignore[arg-type]
        raise RuntimeError("killed here")

    from percorso.chassis.consumption.applying import apply  # noqa: PLC0415 - beside its use

    with pytest.raises(RuntimeError):
        await apply(pool, a_batch([an_event()]), interrupted)  # type: ignore[arg-type]

    assert await stored(pool, a_subject()) == []
    async with transaction(pool) as connection:
        assert await offsets.stored(connection, TOUCHPOINTS.name, [0]) == {0: 0}


async def test_an_id_reused_for_another_fact_leaves_the_first_and_is_a_dead_letter(
    pool: Pool,
) -> None:
    await timelines.apply(pool, a_batch([an_event("1")]))

    other = an_event("1", touchpoint=a_touchpoint(page="/other"))
    await timelines.apply(pool, a_batch([other, an_event("1")], first=1))

    assert await stored(pool, a_subject()) == expected([an_event("1")], a_subject())
    assert [letter.reason for letter in await _letters(pool)] == [Reason.ID_REUSED]


async def test_the_same_fact_written_with_other_blanks_and_order_is_no_other_fact(
    pool: Pool,
) -> None:
    await timelines.apply(pool, a_batch([an_event("1", touchpoint=b'{"a":1,"channel":"02"}')]))

    rewritten = an_event("1", touchpoint=b'{ "channel": "02", "a": 1 }')
    await timelines.apply(pool, a_batch([rewritten], first=1))

    assert await _letters(pool) == []


async def test_an_id_reused_within_one_batch_is_a_dead_letter_too(pool: Pool) -> None:
    other = an_event("1", touchpoint=a_touchpoint(page="/other"))

    await timelines.apply(pool, a_batch([an_event("1"), other, an_event("1")]))

    assert [(letter.reason, letter.offset) for letter in await _letters(pool)] == [
        (Reason.ID_REUSED, 1)
    ]


async def test_an_id_reused_with_a_number_that_no_float_holds_is_a_dead_letter_too(
    pool: Pool,
) -> None:
    await timelines.apply(pool, a_batch([an_event("1", touchpoint=b'{"n":1e400}')]))
    await timelines.apply(pool, a_batch([an_event("1", touchpoint=b'{"n": 1e400}')], first=1))

    assert [letter.reason for letter in await _letters(pool)] == [Reason.ID_REUSED]


async def test_events_that_share_an_id_are_counted_as_rows_once_however_often_they_come(
    pool: Pool,
) -> None:
    sharing = [an_event("1"), an_event("1", minutes=1), an_event("1", subject=a_subject(2))]
    other = an_event("1", minutes=1, touchpoint=a_touchpoint(page="/other"))

    await timelines.apply(pool, a_batch([*sharing, sharing[1]]))
    await timelines.apply(pool, a_batch([*sharing, other], first=4))
    await timelines.apply(pool, a_batch([sharing[1], an_event("1", minutes=2)], first=8))

    async with transaction(pool) as connection:
        standing = await offsets.standing(connection, [TOUCHPOINTS.name], datetime.now(UTC))
    assert standing.rows_stored[TOUCHPOINTS.name] == 4
    assert [letter.reason for letter in await _letters(pool)] == [Reason.ID_REUSED]


async def test_a_withdrawal_hides_only_its_own_citizens_touchpoint(pool: Pool) -> None:
    events = [an_event("1"), a_withdrawal("w", "1", subject=a_subject(2))]

    await timelines.apply(pool, a_batch(events))

    assert [line[3] for line in await stored(pool, a_subject())] == ["1"]


def _with_headers(event: CloudEvent, **changed: bytes | None) -> Record:
    key, value, headers = encode(event)
    named = {name: changed.get(name, given) for name, given in headers}
    return Record(key, value, [(name, given) for name, given in named.items() if given is not None])


GOOD = encode(an_event())
POISON = {
    Reason.NULL_VALUE: GOOD._replace(value=None),  # type: ignore[arg-type]
    Reason.TOO_LARGE: GOOD._replace(value=b'{"channel":"02","page":"%s"}' % (b"x" * 2**20)),
    Reason.WRONG_KEY: GOOD._replace(key=b"RSSMRA85T10A562S"),
    Reason.MISSING_ATTRIBUTE: _with_headers(an_event(), ce_id=None),
    Reason.INVALID_ATTRIBUTE: _with_headers(an_event(), ce_time=b"yesterday"),
    Reason.UNKNOWN_VERSION: _with_headers(an_event(), ce_specversion=b"9.9"),
    Reason.UNREADABLE_VALUE: GOOD._replace(value=b"\xff\xfe{{"),
    Reason.INVALID_TOUCHPOINT: GOOD._replace(value=b'{"channel":7}'),
    Reason.TIME_OUT_OF_RANGE: _with_headers(an_event(), ce_time=b"1802-01-01T00:00:00.000000Z"),
}


@pytest.mark.parametrize("reason", POISON)
async def test_what_cannot_be_applied_is_a_dead_letter_and_the_rest_goes_on(
    pool: Pool, reason: Reason
) -> None:
    batch = a_batch([an_event("before"), POISON[reason], an_event("after", minutes=1)])

    await timelines.apply(pool, batch)

    assert [line[3] for line in await stored(pool, a_subject())] == ["before", "after"]
    assert [(each.reason, each.offset) for each in await _letters(pool)] == [(reason, 1)]


async def test_a_row_that_only_the_store_refuses_is_a_dead_letter(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("percorso.journey.timelines.facts.MAX_FACT", 10**6)
    monkeypatch.setattr("percorso.events.kafka.attributes.attribute", _any_attribute)
    poison = _with_headers(an_event("x"), ce_agency=b"nul \0 inside")

    await timelines.apply(pool, a_batch([an_event("1"), poison, an_event("2", minutes=1)]))

    assert [line[3] for line in await stored(pool, a_subject())] == ["1", "2"]
    assert [letter.reason for letter in await _letters(pool)] == [Reason.REJECTED_BY_STORE]


def _any_attribute(headers: dict[str, bytes], name: str) -> str:
    return headers[name].decode()


async def test_a_letter_that_can_be_applied_now_is_redriven_and_gone(pool: Pool) -> None:
    async def refuse(connection: object, deliveries: object) -> object:
        del connection
        from percorso.chassis.consumption.applying import Stored  # noqa: PLC0415

        return Stored(refused=[each.dead(Reason.INVALID_TOUCHPOINT) for each in deliveries])  # type: ignore[attr-defined]

    from percorso.chassis.consumption.applying import apply  # noqa: PLC0415

    await apply(pool, a_batch([an_event("1")]), refuse)  # type: ignore[arg-type]
    (letter,) = await _letters(pool)

    assert await redrive(pool, letter.id, consumptions(pool)) is None

    assert [line[3] for line in await stored(pool, a_subject())] == ["1"]
    assert await _letters(pool) == []
    async with transaction(pool) as connection:
        standing = await offsets.standing(connection, [TOUCHPOINTS.name], an_event().time)
    assert standing.rows_stored[TOUCHPOINTS.name] == 1


async def test_a_letter_that_fails_again_stays_with_one_more_attempt(pool: Pool) -> None:
    await timelines.apply(pool, a_batch([POISON[Reason.WRONG_KEY]]))
    (letter,) = await _letters(pool)

    reason = await redrive(pool, letter.id, consumptions(pool))

    assert reason is Reason.WRONG_KEY
    assert [each.attempts for each in await _letters(pool)] == [2]


async def test_the_counted_rows_are_the_stored_rows(pool: Pool) -> None:
    events = [an_event(str(n % 30), minutes=n % 10) for n in range(100)]
    for batch in cut(events, [17]):
        await timelines.apply(pool, batch)

    async with transaction(pool) as connection:
        standing = await offsets.standing(connection, [TOUCHPOINTS.name], an_event().time)
        rows = await connection.fetchval("SELECT count(*) FROM touchpoints")
    assert standing.rows_stored[TOUCHPOINTS.name] == rows == 30


def consumptions(pool: Pool) -> dict[str, Consumption[CloudEvent]]:
    """Return how touchpoints are stored, by topic."""
    store = Recorder(Partitions(pool)).record
    return {TOUCHPOINTS.name: Consumption(TOUCHPOINTS, decode, store)}


async def _letters(pool: Pool) -> list[dead_letters.Letter]:
    async with transaction(pool) as connection:
        return await dead_letters.page(connection, reason=None, limit=100)
