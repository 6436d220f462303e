"""Many deciders, or one that is killed or fails: each suggestion is made once."""

import asyncio
from typing import Any

import pytest

from percorso.events.ids import event_key
from percorso.insights.decisions import decider as deciders
from percorso.insights.decisions import deciding, loading, store
from tests.support import insights
from tests.support.decisions import FREE, a_birth, a_consent, a_notice, an_event
from tests.support.events import SOURCE, a_subject
from tests.support.insights import Insights, a_link

PEDIATRICIAN = (a_subject(), "scelta-pediatra", event_key(SOURCE, "birth"))


async def test_many_deciders_make_each_suggestion_once(system: Insights) -> None:
    subjects = [a_subject(number) for number in range(60)]
    await system.learn(*(a_consent(subject=subject) for subject in subjects))
    for subject in subjects:
        await system.take(
            a_birth(f"b{subject}", subject=subject), a_notice(f"n{subject}", subject=subject)
        )
    others = [insights.assembled(system.pool, system.clock, system.live, FREE) for _ in range(4)]

    await asyncio.gather(*(other.decide() for other in others))

    made = [event.id for event in await system.published()]
    assert len(made) == len(set(made)) == await system.value("SELECT count(*) FROM suggestions")
    assert {event.subject for event in await system.published()} == set(subjects)


async def test_two_decide_about_one_citizen_one_after_the_other(
    system: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, has_loaded, may_go_on = loading.load, asyncio.Event(), asyncio.Event()

    async def waiting(*given: Any, **more: Any) -> object:
        loaded = await load(*given, **more)
        has_loaded.set()
        await may_go_on.wait()
        return loaded

    await system.learn(a_consent(), a_link(a_subject(), a_subject(2)))
    await system.take(an_event("residence.changed", to_area="a", moved_on="2026-05-01"))
    other = insights.assembled(system.pool, system.clock, system.live, system.policy)
    with monkeypatch.context() as patch:
        patch.setattr(loading, "load", waiting)
        first = asyncio.create_task(system.decider.decide_some())
        await has_loaded.wait()
    await system.take(a_birth(subject=a_subject(2)))  # worth more, and not seen by the first
    await other.decider.decide_some()
    assert await system.published() == []
    may_go_on.set()
    await first
    await other.decide()

    assert len(await system.published()) == 1


@pytest.mark.parametrize("step", ["record", "remove", "postpone"])
async def test_killed_between_two_steps_everything_is_decided_once(
    system: Insights, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await system.learn(a_consent())
    await system.take(a_birth())
    reached = asyncio.Event()
    original = getattr(store, step)

    async def hangs(*arguments: object) -> None:
        await original(*arguments)
        reached.set()
        await asyncio.sleep(60)

    with monkeypatch.context() as patch:
        patch.setattr(store, step, hangs)
        deciding = asyncio.create_task(system.decider.decide_some())
        await reached.wait()
        deciding.cancel()
        with pytest.raises(asyncio.CancelledError):
            await deciding

    assert await system.value("SELECT count(*) FROM decisions") == 0
    assert await system.published() == []
    assert await system.waiting() == 1
    await system.decide()
    assert await system.open() == {PEDIATRICIAN}
    assert await system.value("SELECT count(*) FROM decisions") == 1


async def test_one_citizen_for_whom_deciding_fails_holds_up_nobody(
    system: Insights, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = deciding.decide

    def failing(given: object, ruleset: object) -> object:
        if a_subject(2) in given.members:  # type: ignore[attr-defined]
            raise TypeError("a rule cannot read this")
        return decide(given, ruleset)  # type: ignore[arg-type]

    await system.take(a_notice("a"), a_notice("b", subject=a_subject(2)))
    with monkeypatch.context() as patch:
        patch.setattr(deciders, "decide", failing)
        await system.decide()

    assert {subject for subject, _, _ in await system.open()} == {a_subject()}
    system.clock.advance(deciders.FAILED_AGAIN.total_seconds())
    await system.decide()
    assert {subject for subject, _, _ in await system.open()} == {a_subject(), a_subject(2)}
