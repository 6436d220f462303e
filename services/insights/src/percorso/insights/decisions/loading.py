"""Loads what decisions about many citizens are made of, with one statement of each kind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from percorso.citizens.consents import store as consents_store
from percorso.citizens.consents.facts import ConsentState
from percorso.insights.decisions import store
from percorso.insights.decisions.gates import COMPLAINTS
from percorso.insights.decisions.inputs import Inputs, Policy, inputs
from percorso.insights.decisions.offers import SUGGESTIONS
from percorso.insights.decisions.store import Mark
from percorso.insights.rules import Ruleset

Citizen = tuple[UUID, ...]  # all subjects, in order

# Longer than any window: whatever may be suggested now was not suggested before that.
REMEMBERED = timedelta(days=366)


async def by_citizen(
    connection: Connection, marks: Sequence[Mark]
) -> Mapping[Citizen, Sequence[Mark]]:
    """Return marks by citizen, without those about whom somebody else decides now."""
    sets = await store.sets(connection, {mark.subject for mark in marks})
    found: defaultdict[Citizen, list[Mark]] = defaultdict(list)
    for mark in marks:
        found[sets[mark.subject]].append(mark)
    ours = await store.take_turns(connection, sorted(members[0] for members in found))
    return {members: own for members, own in found.items() if members[0] in ours}


async def load(
    connection: Connection,
    citizens: Iterable[Citizen],
    *,
    ruleset: Ruleset,
    policy: Policy,
    now: datetime,
) -> list[Inputs]:
    """Return the inputs of a decision about each citizen, as of this transaction."""
    wanted = list(citizens)
    subjects = [member for members in wanted for member in members]
    facts = await store.facts(connection, subjects, ruleset.types | COMPLAINTS)
    consents: defaultdict[UUID, list[ConsentState]] = defaultdict(list)
    for state in await consents_store.of(connection, subjects, SUGGESTIONS):
        consents[state.subject].append(state)
    suggested = await store.suggested(connection, subjects, now - REMEMBERED, now)
    return [
        inputs(
            now,
            members,
            facts=(fact for member in members for fact in facts.get(member, ())),
            consents=(state for member in members for state in consents.get(member, ())),
            suggested=(each for member in members for each in suggested.get(member, ())),
            policy=policy,
            ruleset=ruleset.version,
        )
        for members in wanted
    ]
