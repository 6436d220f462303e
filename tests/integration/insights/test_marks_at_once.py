"""What two store of one citizen at once: whoever commits last, it is decided with both."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from datetime import timedelta
from typing import Any

import pytest
from msgspec import structs

from percorso.chassis.postgres import transaction
from percorso.events.ids import event_key
from percorso.insights.decisions import store
from percorso.insights.suggestions import store as suggestions_store
from percorso.insights.suggestions.states import Reaction
from tests.support import insights
from tests.support.databases import Database
from tests.support.decisions import APPLIED, FREE, a_birth, a_consent, an_event
from tests.support.events import SOURCE, a_subject
from tests.support.insights import Insights, a_link
from tests.support.links import someone_waits
from tests.support.waiting import until

OWN, OTHER = sorted([a_subject(), a_subject(2)])  # linked, the first one stands for both
PEDIATRICIAN = (OWN, "scelta-pediatra", event_key(SOURCE, "birth"))
APPLICATION = an_event(APPLIED, "a", form="scelta-pediatra", subject=OTHER, days_ago=0.1)


@pytest.fixture
async def system(insights_database: Database) -> AsyncIterator[Insights]:
    policy = structs.replace(FREE, max_open=1)
    async with insights.running(insights_database, policy=policy, partitions=2) as system:
        yield system


async def at_once(
    system: Insights,
    patch: pytest.MonkeyPatch,
    first: Coroutine[Any, Any, None],
    second: Coroutine[Any, Any, None],
) -> None:
    """Have the first see whom it marks, the second commit before it if it can, and it be decided twice."""
    mark, has_marked, may_commit = store.mark, asyncio.Event(), asyncio.Event()

    async def marking(*given: Any, **more: Any) -> None:
        await mark(*given, **more)
        has_marked.set()
        await may_commit.wait()

    with patch.context() as patched:
        patched.setattr(store, "mark", marking)
        one = asyncio.create_task(first)
        await has_marked.wait()
    other = asyncio.create_task(second)
    await until(lambda: other.done() or someone_waits(system.pool))
    await system.decider.decide_some()
    may_commit.set()
    await asyncio.gather(one, other)
    await system.decide()


async def test_a_consent_and_the_event_that_needs_it(
    system: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    await at_once(
        system, monkeypatch, system.learn(a_consent(subject=OWN)), system.take(a_birth(subject=OWN))
    )

    assert await system.open() == {PEDIATRICIAN}


async def test_what_a_linked_subject_applied_for_and_the_event_that_would_suggest_it(
    system: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.learn(a_consent(subject=OWN), a_link(OWN, OTHER))

    applied, born = system.take(APPLICATION), system.take(a_birth(subject=OWN), partition=1)
    await at_once(system, monkeypatch, applied, born)

    assert PEDIATRICIAN not in await system.open()


async def test_what_a_subject_applied_for_and_the_link_that_makes_it_the_citizens(
    system: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.learn(a_consent(subject=OWN))
    await system.take(a_birth(subject=OWN))
    await system.decide()
    assert await system.open() == {PEDIATRICIAN}

    link = system.learn(a_link(OWN, OTHER))
    await at_once(system, monkeypatch, system.take(APPLICATION), link)

    assert PEDIATRICIAN not in await system.open()


async def test_what_makes_room_and_the_event_that_needs_it(
    system: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.learn(a_consent(subject=OWN))
    await system.take(
        an_event("document.issued", "permit", subject=OWN, document="permesso-costruire")
    )
    await system.decide()
    system.clock.advance(timedelta(days=45).total_seconds())  # it stands, and sets nothing off
    await system.freshen()

    await at_once(
        system, monkeypatch, dismissed(system), system.take(a_birth(days_ago=-44, subject=OWN))
    )

    assert await system.open() == {PEDIATRICIAN}


async def dismissed(system: Insights) -> None:
    """Say that the one suggestion is not wanted."""
    ((_, service, _),) = await system.open()
    async with transaction(system.pool) as connection:
        suggestion = await connection.fetchval("SELECT suggestion_id FROM suggestions")
        kept = await suggestions_store.hold(connection, [OWN], suggestion)
        assert kept is not None
        assert kept.service == service == "inizio-lavori"
        now = system.clock.now()
        await system.suggestions.react(connection, kept, Reaction.DISMISSED, now)
