"""Marks about whom it is to be decided: facts, links and consents that changed something for them."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from asyncpg import Connection

from percorso.chassis.clock import Clock
from percorso.chassis.consumption.applying import Stored
from percorso.citizens import facts as links
from percorso.citizens import store as citizens
from percorso.citizens.consents import facts as consents
from percorso.events import tracing
from percorso.events.errors import Unavailable, Unprocessable
from percorso.events.facts import Fact as IdentityFact
from percorso.events.ids import uuid7
from percorso.events.kafka.batch import Delivery
from percorso.insights.decisions import store
from percorso.insights.decisions.gates import COMPLAINTS
from percorso.insights.decisions.store import Mark
from percorso.insights.facts.rows import Change
from percorso.insights.rules import Ruleset

Live = Callable[[], Ruleset]
StoreFacts = Callable[[Connection, Sequence[Delivery[IdentityFact]]], Awaitable[Stored]]


class Marker:
    """Marks citizens in the transaction that changes what decisions about them rest on.

    Only those to whom something that sets a rule off occurred within the longest window, or who
    may still take up a suggestion: a history that is imported marks nobody. Without rules nobody
    is marked; a set that goes live has all facts of late looked at again.

    Of two who store something of one citizen at once, the later one sees what the earlier one
    stored, so that it is decided with both. While links change, nobody else marks.
    """

    def __init__(self, live: Live, clock: Clock) -> None:
        self._live = live
        self._clock = clock

    async def follow(self, connection: Connection, change: Change) -> None:
        """Mark whom facts are about that rules ask for, come or gone."""
        try:
            types = self._live().types | COMPLAINTS
        except Unavailable:
            return
        parents = change.traceparents
        marks = [
            Mark(fact.subject, fact.event_key, fact.received_at, parents.get(fact.event_key))
            for fact in change.added
            if fact.type in types
        ]
        now = self._clock.now()
        gone = {fact.subject for fact in change.hidden if fact.type in types}
        await self._mark(connection, [*marks, *(Mark(each, uuid7(), now, None) for each in gone)])

    def record(self, record: StoreFacts) -> StoreFacts:
        """Return what stores facts of identity as `record` does, and marks whom they are about."""

        async def recording(
            connection: Connection, deliveries: Sequence[Delivery[IdentityFact]]
        ) -> Stored:
            stored = await record(connection, deliveries)
            await self._mark(connection, list(_touched(each.event for each in deliveries)))
            return stored

        return recording

    async def mark(self, connection: Connection, subject: UUID) -> None:
        """Mark one citizen: there may be room for a suggestion again."""
        await self._mark(connection, [Mark(subject, uuid7(), self._clock.now(), None)])

    async def _mark(self, connection: Connection, marks: Sequence[Mark]) -> None:
        try:
            ruleset = self._live()
        except Unavailable:
            return
        if marks:
            now = self._clock.now()
            since = window_begins(ruleset, now)
            await citizens.keep_links(connection)
            await store.take_citizens(connection, {mark.subject for mark in marks})
            await store.mark(connection, marks, triggers=ruleset.triggers, since=since, now=now)


def window_begins(ruleset: Ruleset, now: datetime) -> datetime:
    """Return before when nothing sets any rule off."""
    return now - max((rule.window for rule in ruleset.rules.values()), default=timedelta())


def _touched(facts: Iterable[IdentityFact]) -> Iterator[Mark]:
    for fact in facts:
        try:
            link, consent = links.from_fact(fact), consents.from_fact(fact)
        except Unprocessable:  # a dead letter by now
            continue
        parent = tracing.continued(fact.traceparent)
        subjects = [end.subject for end in link.ends] if link else []
        subjects += [consent.subject] if consent else []
        for subject in subjects:
            yield Mark(subject, uuid7(), fact.time, parent)
