"""What is told of past decisions, and to whom."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from msgspec import structs

from percorso.chassis.postgres import transaction
from percorso.insights.decisions import past
from percorso.insights.decisions.outcome import Gate
from percorso.insights.decisions.past import PastDecisions
from percorso.insights.rules import Refused, Ruleset, judge
from percorso.insights.rules.files import Files
from tests.support.databases import Database
from tests.support.decisions import a_birth, a_consent, a_notice, an_event
from tests.support.events import a_subject
from tests.support.insights import Insights, a_link

OWN, OTHER = a_subject(), a_subject(2)


async def reason(system: Insights, *subjects: UUID) -> Gate | None:
    async with transaction(system.pool) as connection:
        return await PastDecisions().reason(connection, subjects)


async def test_nobody_reads_what_was_decided_about_them_with_whom_they_are_linked_no_more(
    system: Insights,
) -> None:
    link = a_link(OWN, OTHER)
    await system.learn(a_consent(), link)
    complaint = an_event("complaint.filed", "c", subject=OTHER, complaint="c", kind="delay")
    await system.take(a_birth(), a_birth("theirs", subject=OTHER), complaint)
    await system.decide()
    assert await reason(system, OWN, OTHER) is Gate.OPEN_COMPLAINT

    await system.learn(structs.replace(link, version=2, is_live=False))
    until_it_is_decided = [await reason(system, OWN), await reason(system, OTHER)]
    await system.decide()

    assert until_it_is_decided == [None, None]
    assert [await reason(system, OWN), await reason(system, OTHER)] == [None, Gate.NO_CONSENT]


@pytest.mark.parametrize("is_refused", [False, True])
async def test_a_set_of_rules_is_judged_once_however_many_ask_and_whatever_comes_of_it(
    system: Insights,
    insights_database: Database,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_refused: bool,
) -> None:
    await system.take(a_notice())
    await system.decide()
    if is_refused:
        async with insights_database.administrator() as connection:
            await connection.execute("UPDATE rulesets SET content = '{}'")
    judged: list[object] = []

    def judging(files: Files) -> Ruleset | Refused:
        judged.append(files)
        return judge(files)

    monkeypatch.setattr(past, "judge", judging)
    decisions = PastDecisions()
    (decided,) = await system.rows("SELECT subject, decision_id FROM decisions")

    async with AsyncExitStack() as stack:
        many = [await stack.enter_async_context(transaction(system.pool)) for _ in range(3)]
        found = await asyncio.gather(*(decisions.one(each, *decided) for each in many))
        found.append(await decisions.one(many[0], *decided))

    assert [each is None for each in found] == [is_refused] * 4
    assert len(judged) == 1
