"""Past decisions: what came of them, and what made them, so that they can be made again."""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Sequence
from typing import NamedTuple
from uuid import UUID

from asyncpg import Connection

from percorso.insights.decisions import store
from percorso.insights.decisions.inputs import Inputs
from percorso.insights.decisions.outcome import Gate
from percorso.insights.decisions.records import Record, read_inputs, read_outcome
from percorso.insights.rules import Refused, Ruleset, judge

MAX_RULESETS = 4  # judged ones that are kept; a set lives for days


class Past(NamedTuple):
    """What a decision was a function of."""

    inputs: Inputs
    ruleset: Ruleset


class PastDecisions:
    """Reads decisions, with the sets of rules that made them; each is judged once, when asked for."""

    def __init__(self) -> None:
        self._judged: OrderedDict[str, Ruleset | Refused] = OrderedDict()
        self._judging = asyncio.Lock()

    async def reason(self, connection: Connection, subjects: Collection[UUID]) -> Gate | None:
        """Return why nothing was proposed in the last decision about any of these subjects.

        None, too, if it was about others as well, with whom these were linked then.
        """
        newest = await store.newest(connection, subjects)
        if newest is None or not set(subjects).issuperset(read_inputs(newest.inputs).members):
            return None
        return read_outcome(newest.outcome).reason

    async def one(self, connection: Connection, subject: UUID, decision_id: UUID) -> Past | None:
        """Return what a decision was a function of; None where a fact or its rules are gone."""
        record = await store.one(connection, subject, decision_id)
        return None if record is None else (await self.load(connection, [record]))[0]

    async def load(self, connection: Connection, records: Sequence[Record]) -> list[Past | None]:
        """Return what each decision was a function of; None where a fact or its rules are gone."""
        stored = [read_inputs(record.inputs) for record in records]
        places = list({place for each in stored for place in each.places})
        facts = await store.facts_at(connection, places)
        found: list[Past | None] = []
        for each in stored:
            ruleset = await self._ruleset(connection, each.ruleset)
            if ruleset is None or not facts.keys() >= set(each.places):
                found.append(None)
            else:
                found.append(Past(each.with_facts(facts[at] for at in each.places), ruleset))
        return found

    async def _ruleset(self, connection: Connection, version: str) -> Ruleset | None:
        """Return a set; None if it was never kept, or what judges sets now refuses it."""
        if version not in self._judged:
            async with self._judging:
                if version not in self._judged:
                    await self._judge(connection, version)
        if version not in self._judged:
            return None
        self._judged.move_to_end(version)
        judged = self._judged[version]
        return judged if isinstance(judged, Ruleset) else None

    async def _judge(self, connection: Connection, version: str) -> None:
        files = await store.files(connection, version)
        if files is not None:
            self._judged[version] = await asyncio.to_thread(judge, files)
            while len(self._judged) > MAX_RULESETS:
                self._judged.popitem(last=False)
