"""Links decided by identity and applied by journey, compared with a plain model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from itertools import count, pairwise
from random import Random
from uuid import UUID, uuid5

import pytest
from asyncpg import Connection, Pool
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from percorso.chassis.consumption import applying, offsets
from percorso.chassis.outbox import store as outbox
from percorso.chassis.postgres import transaction
from percorso.citizens import store as citizens
from percorso.citizens.facts import LinkState, from_fact
from percorso.citizens.handlers import keep_link, recording
from percorso.citizens.sets import Subject
from percorso.events.envelope import CloudEvent
from percorso.events.kafka.codec import Record, decode_fact
from percorso.events.topics import IDENTITY
from percorso.identity.links import store as links
from percorso.identity.links.assertions import (
    Asserter,
    Assertion,
    Proof,
    TooMany,
    TwoPeople,
    ordered,
)
from percorso.journey.timelines import merging
from percorso.journey.timelines.facts import SUGGESTED
from percorso.journey.timelines.store import Order, Selection
from tests.support import timelines
from tests.support.batches import a_batch, cut
from tests.support.databases import Database
from tests.support.events import a_subject, an_event
from tests.support.suggestions import a_suggestion
from tests.support.timelines import expected

BY = Asserter("agency:c_a182", Proof.AGENCY)
# Three are people, the others what people have: a mailbox, a phone, a device.
SUBJECTS = [Subject(a_subject(number), is_person=number < 3) for number in range(8)]
_PAIRS = st.tuples(st.sampled_from(SUBJECTS), st.sampled_from(SUBJECTS))
# To link two subjects, or (None) to undo one of the links that live.
STEPS = st.lists(st.one_of(_PAIRS, _PAIRS, st.none()), max_size=14)
Pair = tuple[Subject, Subject]


@pytest.fixture
async def identity(identity_database: Database) -> AsyncIterator[Pool]:
    async with identity_database.pool() as pool:
        yield pool


@pytest.fixture
async def journey(journey_database: Database) -> AsyncIterator[Pool]:
    async with journey_database.pool() as pool:
        await timelines.begin(pool, range(1_000))
        async with transaction(pool) as connection:
            await offsets.begin(connection, IDENTITY.name, {0: 0})
        yield pool


def assertion(one: Subject, other: Subject, reference: str = "1") -> Assertion:
    return Assertion(*ordered(one, other), BY, reference)


async def add(pool: Pool, one: Subject, other: Subject) -> UUID:
    async with transaction(pool) as connection:
        return await links.add(connection, assertion(one, other))


async def remove(pool: Pool, link_id: UUID) -> None:
    async with transaction(pool) as connection:
        kept = await links.find(connection, link_id)
        assert kept is not None
        await links.remove(connection, kept, "agency:c_a182")


async def sets(pool: Pool, subjects: list[Subject]) -> dict[UUID, list[UUID]]:
    async with transaction(pool) as connection:
        return {each.id: await citizens.members(connection, each.id) for each in subjects}


def plain(live: list[Pair], subjects: list[Subject]) -> dict[UUID, list[UUID]]:
    """Return who is with whom by a plain closure."""
    found = {subject.id: {subject.id} for subject in subjects}
    for one, other in live:
        joined = found[one.id] | found[other.id]
        for each in joined:
            found[each] = joined
    return {subject: sorted(members) for subject, members in found.items()}


async def facts(pool: Pool) -> list[Record]:
    async with transaction(pool) as connection:
        return [outgoing.record for outgoing in await outbox.take(connection, 10_000)]


@pytest.mark.timeout(180)
def test_any_interleaving_of_links_and_removals_gives_what_the_live_links_define(
    identity_database: Database, journey_database: Database
) -> None:
    examples = count()

    async def check(
        identity: Pool, journey: Pool, steps: list[Pair | None], chance: Random
    ) -> None:
        number = next(examples)
        subjects = [Subject(uuid5(each.id, str(number)), each.is_person) for each in SUBJECTS]
        own = dict(zip(SUBJECTS, subjects, strict=True))
        live: dict[UUID, Pair] = {}
        for step in steps:
            await take_step(identity, step and (own[step[0]], own[step[1]]), live, chance)
            assert await sets(identity, subjects) == plain([*live.values()], subjects)
        states = await own_states(identity, subjects)
        chance.shuffle(states)
        await apply_all(journey, [*states, *states[: len(states) // 2]])
        assert await sets(journey, subjects) == plain([*live.values()], subjects)

    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        identity = runner.run(stack.enter_async_context(identity_database.pool()))
        journey = runner.run(stack.enter_async_context(journey_database.pool()))

        @settings(max_examples=40, deadline=None)
        @given(STEPS, st.randoms())
        def law(steps: list[Pair | None], chance: Random) -> None:
            runner.run(check(identity, journey, steps, chance))

        try:
            law()
        finally:
            runner.run(stack.aclose())


async def take_step(
    identity: Pool, step: Pair | None, live: dict[UUID, Pair], chance: Random
) -> None:
    if step is None:
        if live:
            link_id = chance.choice(sorted(live))
            await remove(identity, link_id)
            del live[link_id]
        return
    one, other = step
    if one == other:
        return
    together = plain([*live.values(), step], list({*step, *(e for p in live.values() for e in p)}))
    people = {each.id for each in {*step, *(e for p in live.values() for e in p)} if each.is_person}
    try:
        live[await add(identity, one, other)] = step
    except TwoPeople:
        assert len(people & set(together[one.id])) > 1
    else:
        assert len(people & set(together[one.id])) <= 1


async def own_states(identity: Pool, subjects: list[Subject]) -> list[LinkState]:
    names = {subject.id for subject in subjects}
    states = [from_fact(decode_fact(record)) for record in await facts(identity)]
    return [state for state in states if state and state.ends[0].subject in names]


async def apply_all(journey: Pool, states: list[LinkState]) -> None:
    async with transaction(journey) as connection:
        await citizens.take_turn(connection)
        for state in states:
            await citizens.apply(connection, state)


async def test_the_same_assertion_again_is_the_same_link(identity: Pool) -> None:
    first = await add(identity, SUBJECTS[0], SUBJECTS[5])

    assert await add(identity, SUBJECTS[5], SUBJECTS[0]) == first
    assert len(await facts(identity)) == 1


async def test_a_citizen_has_at_most_fifty_subjects(identity: Pool) -> None:
    chain = [Subject(a_subject(1_000 + number), is_person=False) for number in range(51)]
    for one, other in pairwise(chain[:50]):
        await add(identity, one, other)

    with pytest.raises(TooMany):
        await add(identity, chain[49], chain[50])


async def test_of_two_links_at_once_that_would_join_two_people_one_is_refused(
    identity: Pool,
) -> None:
    mailbox = SUBJECTS[5]

    outcomes = await asyncio.gather(
        *(add(identity, person, mailbox) for person in SUBJECTS[:3]), return_exceptions=True
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == [
        "TwoPeople", "TwoPeople", "UUID",
    ]  # fmt: skip


async def test_facts_carry_no_proof(identity: Pool) -> None:
    async with transaction(identity) as connection:
        await links.add(connection, assertion(SUBJECTS[0], SUBJECTS[4], "RSSMRA85T10A562S"))

    (record,) = await facts(identity)
    assert b"RSSMRA85T10A562S" not in record.value
    assert b"RSSMRA85T10A562S" not in str(record.headers).encode()


async def test_a_batch_of_facts_is_applied_behind_the_fence_and_a_broken_one_is_a_letter(
    identity: Pool, journey: Pool
) -> None:
    await add(identity, SUBJECTS[0], SUBJECTS[4])
    (good,) = await facts(identity)
    broken = good._replace(value=b'{"link_id": 7}')
    foreign = good._replace(key=b"consent/x/y/z")

    await apply_records(journey, [broken, foreign, good])

    assert (await sets(journey, SUBJECTS))[SUBJECTS[0].id] == sorted(
        [SUBJECTS[0].id, SUBJECTS[4].id]
    )
    async with transaction(journey) as connection:
        assert await connection.fetchval("SELECT count(*) FROM dead_letters") == 1


async def apply_records(journey: Pool, records: list[Record]) -> None:
    batch = a_batch(records, topic=IDENTITY, decode=decode_fact)
    await applying.apply(journey, batch, recording(keep_link))


async def merged(
    pool: Pool, subject: UUID, order: Order = "asc", page: int = 7
) -> list[tuple[str, str]]:
    """Read a whole merged timeline page by page."""
    found: list[tuple[str, str]] = []
    after = None
    while True:
        async with transaction(pool) as connection:
            items = await merging.page(
                connection,
                await citizens.members(connection, subject),
                wanted=Selection(),
                order=order,
                after=after,
                limit=page,
            )
        found += [(item.row["occurred_at"].isoformat(), item.row["id"]) for item in items]
        if len(items) < page:
            return found
        after = items[-1].at


@pytest.mark.parametrize("order", ["asc", "desc"])
async def test_a_suggestion_that_tells_of_the_other_is_shown_only_while_they_are_linked(
    journey_database: Database, order: Order
) -> None:
    one, other = SUBJECTS[0].id, SUBJECTS[4].id
    told = {"a": [one], "b": [one, other], "c": None, "d": [one, other], "e": [other]}
    suggested = [
        an_event(
            name,
            subject=one,
            minutes=minute,
            type=SUGGESTED,
            touchpoint=a_suggestion(told_of=of and [*map(str, of)]),
        )
        for minute, (name, of) in enumerate(told.items())
    ]
    async with journey_database.pool() as pool:
        await timelines.begin(pool)
        await timelines.apply(pool, a_batch(suggested))

        alone = [await merged(pool, one, order, page) for page in (1, 7)]
        await link_all(pool, [SUBJECTS[0], SUBJECTS[4]], 0)
        linked = [await merged(pool, one, order, page) for page in (1, 7)]

    assert [[name for _, name in sorted(each)] for each in alone] == [["a", "c"]] * 2
    assert [[name for _, name in sorted(each)] for each in linked] == [list("abcde")] * 2


@pytest.mark.timeout(120)
def test_a_merged_timeline_is_the_sorted_union_on_pages_of_any_size(
    journey_database: Database,
) -> None:
    examples = count()
    members = SUBJECTS[2:7]

    async def check(pool: Pool, events: list[CloudEvent], page: int) -> None:
        number = next(examples)
        subjects = {
            each.id: Subject(uuid5(each.id, str(number)), each.is_person) for each in members
        }
        own = [structs.replace(event, subject=subjects[event.subject].id) for event in events]
        await timelines.begin(pool, [number])
        for batch in cut(own, [11], partition=number):
            await timelines.apply(pool, batch)
        await link_all(pool, [*subjects.values()], number)
        first = next(iter(subjects.values())).id
        wanted = sorted(
            (line[0], int(line[1]), event_key_of(line), str(each.id), line[3])
            for each in subjects.values()
            for line in expected(own, each.id)
        )
        ids = [(line[0], line[-1]) for line in wanted]
        assert await merged(pool, first, "asc", page) == ids
        assert await merged(pool, first, "desc", page) == ids[::-1]

    events = st.builds(
        an_event,
        st.integers(0, 15).map(str),
        subject=st.sampled_from([each.id for each in members]),
        minutes=st.integers(0, 3),
    )
    with asyncio.Runner() as runner:
        context = journey_database.pool()
        pool = runner.run(context.__aenter__())

        @settings(max_examples=60, deadline=None)
        @given(st.lists(events, max_size=60), st.integers(1, 9))
        def law(sent: list[CloudEvent], page: int) -> None:
            runner.run(check(pool, sent, page))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))


def event_key_of(line: timelines.Line) -> str:
    from percorso.events.ids import event_key  # noqa: PLC0415 - beside its one use

    return str(event_key(line[2], line[3]))


async def link_all(pool: Pool, subjects: list[Subject], number: int) -> None:
    from percorso.citizens.facts import LinkEnd  # noqa: PLC0415 - beside its one use

    states = [
        LinkState(
            uuid5(one.id, f"{number}-{other.id}"),
            1,
            (LinkEnd(one.id, one.is_person), LinkEnd(other.id, other.is_person)),
            is_live=True,
        )
        for one, other in pairwise(subjects)
    ]
    await apply_all(pool, states)


async def test_after_a_link_a_thousand_events_and_its_removal_both_timelines_are_as_without_it(
    identity: Pool, journey: Pool
) -> None:
    one, other = SUBJECTS[0], SUBJECTS[5]
    events = [
        an_event(str(n), subject=(one if n % 3 else other).id, minutes=n % 100)
        for n in range(1_000)
    ]
    link_id = await add(identity, one, other)
    await apply_records(journey, await facts(identity))
    for batch in cut(events, [137]):
        await timelines.apply(journey, batch)
    assert len(await merged(journey, one.id, page=200)) == 1_000

    await remove(identity, link_id)
    async with transaction(journey) as connection:
        await set_offset(connection)
    await apply_records(journey, (await facts(identity))[1:])

    for subject in (one, other):
        alone = await timelines.stored(journey, subject.id, page=200)
        assert timelines.digest(alone) == timelines.digest(expected(events, subject.id))
        assert [line[3] for line in alone] == [i for _, i in await merged(journey, subject.id)]


async def set_offset(connection: Connection) -> None:
    await connection.execute(
        "UPDATE consumer_offsets SET next_offset = 0 WHERE topic = $1", IDENTITY.name
    )
