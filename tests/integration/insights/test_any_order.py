"""Whatever comes in whatever order, and is decided whenever: what stands is what is known by then."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from percorso.citizens.consents.facts import ConsentState
from percorso.citizens.facts import LinkState
from percorso.events.envelope import CloudEvent
from percorso.events.ids import event_key
from percorso.insights.facts.rows import read
from tests.support import insights
from tests.support.databases import Database
from tests.support.decisions import APPLIED, FREE, a_birth, a_consent, a_notice, an_event
from tests.support.events import SOURCE, a_subject, a_withdrawal
from tests.support.insights import Insights, a_link

PEOPLE = range(3)  # few, so that what is said meets
PAIRS = [(one, other) for one in PEOPLE for other in PEOPLE if one < other]
PEDIATRICIAN, DUTY = "scelta-pediatra", "pagamento-avviso"
Open = set[tuple[UUID, str, UUID]]
Step = CloudEvent | ConsentState | LinkState


@dataclass(frozen=True)
class Story:
    """What happens to four subjects: events of each, whether each withdraws its consent, and links.

    Of consents and links each entry is the next version.
    """

    events: Sequence[
        tuple[str, int, str, bool]
    ]  # kind, whose, about which number, and if withdrawn
    consents: Sequence[tuple[int, bool]]
    links: Sequence[tuple[tuple[int, int], bool]]

    def steps(self, example: int) -> list[Step]:
        """Return everything that is said, of subjects of this example alone."""
        subjects = [uuid5(a_subject(number), str(example)) for number in PEOPLE]
        steps: list[Step] = []
        for kind, who, number, is_withdrawn in self.events:
            event = _event(kind, who, subjects[who], number)
            steps += [event, _withdrawal(event)] if is_withdrawn else [event]
        for version, (who, is_given) in enumerate(self.consents, 1):
            steps.append(a_consent(given=is_given, version=version, subject=subjects[who]))
        for version, ((one, other), is_live) in enumerate(self.links, 1):
            link_id = uuid5(subjects[one], str(other))
            ends = subjects[one], subjects[other]
            steps.append(a_link(*ends, link_id=link_id, version=version, is_live=is_live))
        return steps


def _event(kind: str, who: int, subject: UUID, number: str) -> CloudEvent:
    match kind:
        case "birth":
            return a_birth(f"birth-{who}-{number}", subject=subject)
        case "notice":
            return a_notice(f"notice-{who}", subject=subject)
        case "applied":
            form, id_ = PEDIATRICIAN, f"applied-{who}-{number}"
            return an_event(APPLIED, id_, subject=subject, form=form, days_ago=0.5)
        case "paid":
            id_ = f"paid-{who}-{number}"
            return an_event(
                "payment.made", id_, subject=subject, days_ago=0.5, notice=f"notice-{number}"
            )
    raise ValueError(kind)


def _withdrawal(event: CloudEvent) -> CloudEvent:
    return a_withdrawal(f"w-{event.id}", event.id, subject=event.subject)


def expected(steps: Iterable[Step]) -> Open:
    """Return what stands by the plain rules.

    To each citizen: of each birth the doctor, if the last word on consent is yes and nobody
    applied; of each notice the duty, unless it was paid.
    """
    said = list(steps)
    events = _counting([each for each in said if isinstance(each, CloudEvent)])
    found: Open = set()
    for members in _citizens([each for each in said if isinstance(each, LinkState)], events):
        own = [event for event in events if event.subject in members]
        paid = {event.id.split("-")[2] for event in own if event.id.startswith("paid")}
        consents = _last_versions(
            each for each in said if isinstance(each, ConsentState) and each.subject in members
        )
        last = max(consents, key=lambda each: each.decided_at, default=None)
        has_applied = any(event.id.startswith("applied") for event in own)
        for event in own:
            key = event_key(SOURCE, event.id)
            if event.id.startswith("birth") and last and last.is_given and not has_applied:
                found.add((event.subject, PEDIATRICIAN, key))
            if event.id.startswith("notice") and event.id.split("-")[1] not in paid:
                found.add((event.subject, DUTY, key))
    return found


def _counting(events: Sequence[CloudEvent]) -> list[CloudEvent]:
    by_key = {read(event).fact.key: event for event in events}
    hidden = {read(event).hides for event in events}
    return [event for key, event in by_key.items() if key not in hidden]


def _last_versions(states: Iterable[ConsentState]) -> list[ConsentState]:
    last: dict[UUID, ConsentState] = {}
    for state in sorted(states, key=lambda each: each.version):
        last[state.subject] = state
    return list(last.values())


def _citizens(links: Sequence[LinkState], events: Sequence[CloudEvent]) -> list[set[UUID]]:
    last = {link.link_id: link for link in sorted(links, key=lambda each: each.version)}
    subjects = {event.subject for event in events}
    subjects |= {end.subject for link in links for end in link.ends}
    sets = {subject: {subject} for subject in subjects}
    for link in last.values():
        if link.is_live:
            one, other = (end.subject for end in link.ends)
            joined = sets[one] | sets[other]
            for subject in joined:
                sets[subject] = joined
    return [set(members) for members in {frozenset(members) for members in sets.values()}]


async def tell(
    system: Insights, steps: Sequence[Step], chance: Random
) -> AsyncIterator[Sequence[Step]]:
    """Say it all in this order, in batches; now and then have it decided, and yield what was said."""
    at = 0
    while at < len(steps):
        size = chance.choice([1, 1, 2, 3])
        batch = steps[at : at + size]
        at += size
        if events := [each for each in batch if isinstance(each, CloudEvent)]:
            await system.take(*events)
        if states := [each for each in batch if not isinstance(each, CloudEvent)]:
            await system.learn(*states)
        if chance.random() < 0.7 or at >= len(steps):
            await system.decide()
            yield steps[:at]


_NUMBERS = st.sampled_from("012")
_EVENTS = st.tuples(
    st.sampled_from(["birth", "birth", "notice", "applied", "paid"]),
    st.sampled_from([0, 0, 1, 2]),
    _NUMBERS,
    st.sampled_from([False, False, True]),
)
_STORIES = st.builds(
    Story,
    st.lists(_EVENTS, min_size=1, max_size=8),
    st.lists(st.tuples(st.sampled_from([0, 0, 0, 1]), st.booleans()), min_size=2, max_size=6),
    st.lists(st.tuples(st.sampled_from([*PAIRS, PAIRS[0]]), st.booleans()), max_size=5),
)


@pytest.mark.timeout(300)
def test_after_anything_in_any_order_with_any_copies_what_is_known_by_then_stands(
    insights_database: Database,
) -> None:
    examples = count()

    async def check(system: Insights, story: Story, chance: Random) -> None:
        number = next(examples)
        steps = story.steps(number)
        sent = [*steps, *chance.sample(steps, len(steps) // 2)]
        if chance.random() < 0.5:  # else versions come in order, and what is later undoes
            chance.shuffle(sent)
        own = {uuid5(a_subject(each), str(number)) for each in PEOPLE}
        compared = {PEDIATRICIAN, DUTY}
        async for said in tell(system, sent, chance):
            now_open = await system.open()
            assert {e for e in now_open if e[0] in own and e[1] in compared} == expected(said)
        made = [event.id for event in await system.published() if event.subject in own]
        assert len(made) == len(set(made))

    with asyncio.Runner() as runner:
        context = insights.running(insights_database, policy=FREE)
        system = runner.run(context.__aenter__())

        @settings(max_examples=150, deadline=None)
        @given(_STORIES, st.randoms())
        def law(story: Story, chance: Random) -> None:
            runner.run(check(system, story, chance))

        try:
            law()
        finally:
            runner.run(context.__aexit__(None, None, None))
