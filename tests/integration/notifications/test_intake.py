"""What suggestions make owed, whatever their order, copies and batches, and after a replay."""

import asyncio
import re
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from random import Random
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from percorso.chassis.consumption import dead_letters, offsets
from percorso.chassis.consumption.applying import apply
from percorso.chassis.postgres import transaction
from percorso.events.envelope import CloudEvent
from percorso.events.errors import Fenced
from percorso.events.topics import SUGGESTIONS
from percorso.notifications.delivery.handlers import Intake
from percorso.notifications.delivery.outcomes import Outcome
from percorso.notifications.verification import codes
from tests.integration.notifications.office import (
    KEY,
    NOW,
    Office,
    begin_sending,
    message,
    office,
    reacted,
    suggested,
)
from tests.support.batches import a_batch
from tests.support.databases import Database
from tests.support.events import a_subject
from tests.support.repository import ROOT


async def test_a_suggestion_that_is_said_again_owes_nothing_more(desk: Office) -> None:
    await desk.apply(suggested(1), suggested(1), suggested(2))
    await desk.apply(suggested(1))
    await desk.send()
    await desk.apply(suggested(1), suggested(2))

    assert await desk.send() == []
    assert len(desk.mail.mails) == 2
    assert len(await desk.rows("SELECT FROM messages")) == 2


async def test_of_two_suggestions_with_one_id_the_first_counts(desk: Office) -> None:
    await desk.suggest(1, title={"it": "Prima", "en": "First"})
    await desk.suggest(1, title={"it": "Seconda", "en": "Second"})
    await desk.send()

    assert [mail["Subject"] for mail in desk.mail.mails] == ["Percorso: Prima"]


async def test_what_had_expired_when_it_was_met_is_kept_and_nothing_is_sent_or_said(
    desk: Office,
) -> None:
    await desk.suggest(1, expires_at="2026-05-04T10:00:00Z")
    await desk.suggest(2, expires_at="2015-05-04T10:00:00Z", purpose="service-notices")

    assert await desk.send() == []
    assert await desk.states() == ["expired", "expired"]
    assert await desk.said() == []


async def test_what_was_received_before_sending_begins_is_never_sent(
    desk: Office, notifications_database: Database
) -> None:
    begin_sending(notifications_database, NOW)
    await desk.apply(structs.replace(suggested(1), received_at=NOW - timedelta(seconds=1)))
    await desk.suggest(2)

    assert await desk.send() == [Outcome.TAKEN]
    assert await desk.states() == ["expired", "sent"]
    assert await desk.said() == [("sent", None)]


async def test_a_database_that_is_made_anew_sends_nothing_of_what_was_before(
    notifications_database: Database,
) -> None:
    async with office(notifications_database) as desk:
        # As migrated: it begins with the moment of the migration, long after these events.
        [row] = await desk.rows("SELECT at FROM sending_begins")
        template = await desk.rows("SELECT now() AS now")
        assert row["at"] < template[0]["now"]
        begin_sending(notifications_database, NOW + timedelta(days=1))
        await desk.suggest(1, 2)
        await desk.suggest(3, purpose="service-notices")

        assert await desk.send() == []
        assert desk.mail.mails == []


async def test_a_database_that_was_restored_sends_no_suggestion_again(
    desk: Office, notifications_database: Database
) -> None:
    runbook = (ROOT / "docs" / "runbooks" / "mail.md").read_text("utf-8")
    [statements] = re.findall(r"```sql restored\n(.+?)```", runbook, re.DOTALL)
    await desk.suggest(1, send_from="2026-05-04T10:01:00Z")
    await desk.suggest(2, purpose="service-notices")

    with psycopg.connect(notifications_database.owner) as connection:
        connection.execute(statements)
    await desk.suggest(3)
    desk.clock.advance(120)

    assert await desk.send() == [Outcome.TAKEN]
    assert await desk.states() == ["unknown", "sent", "expired"]


async def test_a_reaction_that_comes_first_ends_the_message_too(desk: Office) -> None:
    await desk.dismiss(1)
    await desk.suggest(1)

    assert await desk.send() == []
    assert await desk.states() == ["cancelled"]


async def test_what_is_no_suggestion_is_a_dead_letter_and_the_rest_goes_on(desk: Office) -> None:
    await desk.apply(suggested(1, purpose="advertising"), suggested(2), suggested(3, via="pigeon"))

    async with transaction(desk.pool) as connection:
        assert await dead_letters.count(connection) == 2
    assert await desk.send() == [Outcome.TAKEN]


async def test_what_it_does_not_know_is_passed_over(desk: Office) -> None:
    other = structs.replace(suggested(1), type="eu.percorso.suggestion.withdrawn.v1")
    await desk.apply(other, structs.replace(suggested(2), type="eu.percorso.suggestion.shown.v1"))

    assert await desk.states() == []


async def test_messages_and_offsets_commit_together_or_not_at_all(desk: Office) -> None:
    async def interrupted(connection: Any, deliveries: Any) -> Any:
        await Intake(desk.clock, KEY).record(connection, deliveries)
        raise RuntimeError("killed here")

    batch = a_batch([suggested(1)], topic=SUGGESTIONS)
    with pytest.raises(RuntimeError):
        await apply(desk.pool, batch, interrupted)
    assert await desk.states() == []

    await apply(desk.pool, batch, Intake(desk.clock, KEY).record)
    with pytest.raises(Fenced):
        await apply(desk.pool, batch, Intake(desk.clock, KEY).record)
    async with transaction(desk.pool) as connection:
        standing = await offsets.standing(connection, [SUGGESTIONS.name], NOW)
    assert standing.rows_stored[SUGGESTIONS.name] == 1


async def test_the_code_is_kept_as_a_hash_alone(desk: Office) -> None:
    await desk.suggest(1)
    code = codes.code(KEY, message(1))

    [row] = await desk.rows("SELECT code_digest, m::text AS text FROM messages AS m")
    assert row["code_digest"] == codes.digest(code)
    assert code not in row["text"]


async def test_suggestions_of_two_citizens_do_not_meet(desk: Office) -> None:
    bob = a_subject(2)
    desk.identity.addresses[bob] = "bob@mail.example"
    await desk.suggest(1)
    await desk.apply(reacted(1, "dismissed", bob))

    assert await desk.send() == [Outcome.TAKEN]


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["made", "made", "followed", "dismissed", "shown"]), st.integers(0, 3)
    ),
    min_size=1,
    max_size=20,
)


@pytest.mark.timeout(120)
def test_in_any_order_with_any_copies_and_cuts_the_same_messages_are_sent(
    notifications_database: Database,
) -> None:
    examples = count(1)

    async def check(desk: Office, said: list[tuple[str, int]], cuts: list[int]) -> None:
        example = next(examples)
        subject, base = a_subject(1_000 + example), example * 10
        desk.identity.addresses[subject] = "somebody@mail.example"
        before = len(desk.mail.mails)
        for batch in _cut([_event(verb, base + n, subject) for verb, n in said], cuts):
            await desk.apply(*batch)
        sent = await desk.send()
        await desk.apply(*(_event(verb, base + n, subject) for verb, n in said))

        made = {number for verb, number in said if verb == "made"}
        ended = {number for verb, number in said if verb in {"followed", "dismissed"}}
        assert len(sent) == len(desk.mail.mails) - before == len(made - ended)
        assert await desk.send() == []

    _law(notifications_database, EVENTS, check)


def _event(verb: str, number: int, subject: Any) -> CloudEvent:
    return suggested(number, subject) if verb == "made" else reacted(number, verb, subject)


def _cut(events: list[CloudEvent], sizes: list[int]) -> list[list[CloudEvent]]:
    batches: list[list[CloudEvent]] = []
    at = 0
    while at < len(events):
        size = sizes[len(batches) % len(sizes)]
        batches.append(events[at : at + size])
        at += size
    return batches


def _law(database: Database, events: st.SearchStrategy[Any], check: Callable[..., Any]) -> None:
    with asyncio.Runner() as runner:
        context = office(database)
        desk = runner.run(context.__aenter__())
        desk.budget = desk.budget._replace(per_day=100, per_week=100)

        @settings(max_examples=100, deadline=None)
        @given(events, st.randoms(), st.lists(st.integers(1, 8), min_size=1, max_size=4))
        def law(said: list[Any], chance: Random, cuts: list[int]) -> None:
            shuffled = [*said, *chance.sample(said, len(said) // 2)]
            chance.shuffle(shuffled)
            runner.run(check(desk, shuffled, cuts))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))
