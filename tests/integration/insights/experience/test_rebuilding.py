"""Metrics counted again from what is stored: equal to what was counted live, and put right where not."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import asyncpg
import pytest
from asyncpg import Connection, Pool

from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.events.ids import uuid7
from percorso.events.types.own import CHANNEL_OF
from percorso.insights.experience import handlers, store
from percorso.insights.experience.contributions import Row
from percorso.insights.experience.families.suggestions import Happening, Kind
from percorso.insights.experience.rebuilding import rebuild
from percorso.insights.facts.handlers import Recorder
from tests.support import facts
from tests.support.batches import cut
from tests.support.databases import Database
from tests.support.events import NOON, a_subject, a_withdrawal
from tests.support.experience import a_contact, recount, stored

RECORDER = Recorder(handlers.follow)
KINDS = ["application.received", "desk.visited", "application.taken-charge", "complaint.filed"]


@pytest.fixture
async def pool(insights_database: Database) -> AsyncIterator[Pool]:
    async with insights_database.pool() as pool:
        await facts.begin(pool, range(3))
        yield pool


def _events(first: int, count: int, citizens: range) -> list[CloudEvent]:
    """Return events of matters that several citizens have, every ninth of which is withdrawn."""
    numbers = range(first, first + count)
    contacts = [
        a_contact(
            KINDS[number // len(citizens) % 4],
            str(number),
            subject=a_subject(citizens[number % len(citizens)]),
            minutes=number % 11,
            matter="A/1",
            waited_s=number % 90,
        )
        for number in numbers
    ]
    wrong = contacts[::9]
    return contacts + [a_withdrawal(f"w{each.id}", each.id, subject=each.subject) for each in wrong]


async def _apply(pool: Pool, events: Sequence[CloudEvent], partition: int = 0) -> None:
    for batch in cut(events, [40, 7], partition=partition):
        await facts.apply(pool, batch, RECORDER)


async def _suggest(pool: Pool, state: str = "followed", via: str = "inbox") -> None:
    """Store a suggestion that was shown and then closed, and count what became of it."""
    at = [NOON + timedelta(minutes=minutes) for minutes in range(3)]
    statement = """
        INSERT INTO suggestions (
            subject, suggestion_id, service, agency, rule, event_key, purpose, via, priority, words,
            rests_on, told_of, made_at, send_from, expires_at, decided_for, decision_id, state,
            shown_at, closed_at
        )
        VALUES ($1, $2, 'tari', 'c_a182', 'tari@1', $2, 'proactive-suggestions', $3, 0, '{}',
                '{}', '{}', $4, $4, $4, $1, $2, $5, $6, $7)
    """
    kinds = [Kind.MADE, Kind.SHOWN, Kind(state)]
    async with transaction(pool) as connection:
        await connection.execute(statement, a_subject(), uuid7(), via, at[0], state, at[1], at[2])
        await handlers.record(
            connection,
            [
                Happening(kind, "tari", "c_a182", CHANNEL_OF[via], moment)
                for kind, moment in zip(kinds, at, strict=True)
            ],
        )


async def test_what_was_counted_live_has_the_hash_of_a_recount(pool: Pool) -> None:
    events = _events(0, 300, range(6))
    await _apply(pool, events)
    await _suggest(pool)
    await _suggest(pool, state="dismissed", via="email")
    before = await stored(pool)

    outcome = await rebuild(pool)

    assert outcome.is_equal
    assert outcome.corrected == 0
    assert await stored(pool) == before
    assert {cell: row for cell, row in before.items() if "sugg" not in cell[0]} == recount(events)


async def _damage(database: Database, statement: str) -> None:
    connection = await asyncpg.connect(database.admin)
    await connection.execute(statement)
    await connection.close()


DAMAGES = [
    "UPDATE metric_minutes SET count = count + 1 WHERE metric = 'complaints'",
    "UPDATE metric_minutes SET sum = sum + 1 WHERE metric = 'desk-wait'",
    "DELETE FROM metric_minutes WHERE metric = 'touchpoints'",
    "UPDATE metric_minutes SET service = 'other' WHERE metric = 'suggestions-made'",
    "TRUNCATE metric_minutes",
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_what_is_wrong_is_seen_by_verifying_and_put_right_by_rebuilding(
    pool: Pool, insights_database: Database, damage: str
) -> None:
    await _apply(pool, _events(0, 100, range(6)))
    await _suggest(pool)
    right = await stored(pool)
    await _damage(insights_database, damage)
    wrong = await stored(pool)

    verified = await rebuild(pool, only_verify=True)
    assert not verified.is_equal
    assert await stored(pool) == wrong

    rebuilt = await rebuild(pool)
    assert (rebuilt.live, rebuilt.rebuilt) == (verified.live, verified.rebuilt)
    assert rebuilt.corrected > 0
    assert await stored(pool) == right
    assert (await rebuild(pool)).is_equal


async def test_a_rebuild_leaves_alone_what_was_counted_after_it_looked(
    pool: Pool, insights_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, between, later = (_events(first, 150, range(4)) for first in (0, 1_000, 2_000))
    await _apply(pool, events)
    await _damage(insights_database, DAMAGES[0])
    corrections, correct = store.corrections, store.apply_corrections

    async def corrections_late(connection: Connection) -> AsyncIterator[list[Row]]:
        await _apply(pool, between, partition=1)  # facts are read, rows of metrics are not
        async for chunk in corrections(connection):
            yield chunk

    async def correct_late(connection: Connection) -> int:
        await _apply(pool, later, partition=2)
        return await correct(connection)

    monkeypatch.setattr(store, "corrections", corrections_late)
    monkeypatch.setattr(store, "apply_corrections", correct_late)
    await rebuild(pool)

    monkeypatch.undo()
    assert await stored(pool) == recount([*events, *between, *later])
    assert (await rebuild(pool, only_verify=True)).is_equal


async def test_rebuilds_beside_workers_and_each_other_come_out_right(
    pool: Pool, insights_database: Database
) -> None:
    events, later = _events(0, 200, range(4)), _events(1_000, 400, range(4))
    await _apply(pool, events)
    await _damage(insights_database, DAMAGES[-1])

    await asyncio.gather(
        _apply(pool, later, partition=1), rebuild(pool), rebuild(pool), rebuild(pool)
    )

    assert await stored(pool) == recount([*events, *later])


async def test_citizens_with_more_facts_than_are_read_at_once_are_counted_whole(
    pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_CHUNK", 7)
    await _apply(pool, _events(0, 120, range(5)))

    assert (await rebuild(pool, only_verify=True)).is_equal


async def test_rebuilding_nothing_is_harmless(pool: Pool) -> None:
    assert (await rebuild(pool)).is_equal


async def test_the_command_prints_both_hashes_and_says_by_its_exit_whether_they_agree(
    pool: Pool, insights_database: Database
) -> None:
    await _apply(pool, _events(0, 60, range(3)))
    wrong = await pool.fetchval("SELECT count(*) FROM metric_minutes WHERE metric = 'complaints'")

    assert _said(await _command(insights_database, "--verify"), code=0) == "equal"
    await _damage(insights_database, DAMAGES[0])
    assert _said(await _command(insights_database, "--verify"), code=1) == "different"
    assert (await _command(insights_database))[1].splitlines()[2:] == [f"{wrong} rows put right"]
    assert _said(await _command(insights_database, "--verify"), code=0) == "equal"


async def _command(database: Database, *arguments: str) -> tuple[int | None, str]:
    """Run the command; return its exit status and what it printed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "percorso.insights", "rebuild-metrics", *arguments,
        env=os.environ | {"PERCORSO_INSIGHTS_POSTGRES": database.application},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    printed, _ = await process.communicate()
    return process.returncode, printed.decode()


def _said(outcome: tuple[int | None, str], *, code: int) -> str:
    live, rebuilt = (line.split() for line in outcome[1].splitlines())
    assert (live[0], rebuilt[0], outcome[0]) == ("live", "rebuilt", code)
    assert len(live[1]) == len(rebuilt[1]) == 64
    return "equal" if live[1] == rebuilt[1] else "different"
