"""What is told of past decisions, and to whom."""

from uuid import UUID

from msgspec import structs

from percorso.chassis.postgres import transaction
from percorso.insights.decisions.outcome import Gate
from percorso.insights.decisions.past import PastDecisions
from tests.support.decisions import a_birth, a_consent, an_event
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
