"""Decider: decides about marked citizens, many in one transaction, as soon as they are marked."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from asyncpg import Connection, Pool

from percorso.chassis import logs
from percorso.chassis.clock import Clock
from percorso.chassis.consumption import offsets
from percorso.chassis.postgres import transaction
from percorso.events import tracing
from percorso.events.errors import Unavailable
from percorso.events.ids import uuid7
from percorso.events.pausing import pause
from percorso.events.topics import IDENTITY
from percorso.insights.decisions import loading, metrics, records, reviewing, store
from percorso.insights.decisions.deciding import Decided, decide
from percorso.insights.decisions.inputs import Inputs, Policy
from percorso.insights.decisions.making import Changes, Traces
from percorso.insights.decisions.marking import Live
from percorso.insights.decisions.records import Record
from percorso.insights.decisions.store import Mark
from percorso.insights.rules import Ruleset

MAX_MARKS = 500  # of one transaction: well under half a second, and no wait worth a thought
POLL_S = 0.25  # for marks of other processes; our own wake the decider at once
RETRY_S = 0.5
MAX_AGE_S = 5.0  # of the copy of links and consents (design, section 2)
FAILED_AGAIN = timedelta(minutes=10)
REVIEW_AGAIN = timedelta(seconds=1)  # to look whether a set went live: nearly always none did

ELSEWHERE = "does not run in this process"
RUNS = "runs"
NO_RULES = "waits: no set of rules is live"
STALE = "paused: links and consents may be older than 5 s"
AWAY = "waits: the database is away"

# Makes, renews and turns suggestions, by the set that decided, in the transaction of the decisions.
Suggest = Callable[[Connection, Ruleset, Changes], Awaitable[None]]

_log = logs.get(__name__)


@dataclass(slots=True)
class _Batch:
    """What one transaction decides."""

    records: list[Record] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    again_at: dict[UUID, datetime] = field(default_factory=dict)
    done: list[Mark] = field(default_factory=list)
    failed: list[Mark] = field(default_factory=list)
    proposed_since: list[datetime] = field(default_factory=list)  # when what led to it was received


class Decider:
    """Takes marks, decides, and keeps decisions, suggestions and what is published of them at once.

    Several processes may run one each. It pauses while the copy of links and consents may be too
    old, and says so in `state`; nobody else waits for it.
    """

    def __init__(
        self,
        pool: Pool,
        live: Live,
        policy: Policy,
        suggest: Suggest,
        *,
        committed: Callable[[], None],
        clock: Clock,
    ) -> None:
        self._pool = pool
        self._live = live
        self._policy = policy
        self._suggest = suggest
        self._committed = committed
        self._clock = clock
        self._marked = asyncio.Event()
        self._version: str | None = None
        self._review_at = datetime.min.replace(tzinfo=UTC)
        self.state = ELSEWHERE

    def wake(self) -> None:
        """Look for marks now: some were committed."""
        self._marked.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Decide until `stop` is set; whatever is away is waited for."""
        while not stop.is_set():
            self._marked.clear()
            try:
                more = await self.decide_some()
            except Unavailable:
                self._say(AWAY)
                await pause(stop, RETRY_S)
                continue
            if not more:
                await pause(self._marked, POLL_S)

    async def decide_some(self) -> bool:
        """Decide about the citizens of the oldest marks in one transaction; whether to look again at once.

        Unless more marks are due than one transaction takes, a slice of facts is looked at again
        after that, if a new set of rules is live.
        """
        try:
            ruleset = self._live()
        except Unavailable:
            self._say(NO_RULES)
            return False
        if not await self._activated(ruleset):
            return False
        taken = await self._decide(ruleset)
        if taken is None:
            return False
        return taken == MAX_MARKS or await self._review(ruleset)

    async def _decide(self, ruleset: Ruleset) -> int | None:
        """Return how many marks were taken; None while links and consents may be too old."""
        async with transaction(self._pool) as connection:
            now = self._clock.now()
            if not await self._is_fresh(connection, now):
                _note_waiting(now, (await store.waiting(connection, now)).since)
                return None
            marks = await store.take(connection, now, MAX_MARKS)
            _note_waiting(now, min((mark.since for mark in marks), default=None))
            if not marks:
                return 0
            with tracing.resuming("decide", (mark.traceparent for mark in marks)):
                batch = await self._decided(connection, ruleset, marks, now)
        self._note(batch)
        return len(marks)

    async def _review(self, ruleset: Ruleset) -> bool:
        """Mark whom the next slice of facts concerns, if a new set is live; whether there is more."""
        now = self._clock.now()
        if now < self._review_at:
            return False
        async with transaction(self._pool) as connection:
            more = await reviewing.review(connection, ruleset, now)
        if not more:
            self._review_at = now + REVIEW_AGAIN
        return more

    async def _is_fresh(self, connection: Connection, now: datetime) -> bool:
        age_s = await offsets.age_s(connection, IDENTITY, now)
        is_fresh = age_s is not None and age_s <= MAX_AGE_S
        self._say(RUNS if is_fresh else STALE)
        return is_fresh

    async def _activated(self, ruleset: Ruleset) -> bool:
        """Keep a set before anything is decided by it; False if another process is at that."""
        if self._version == ruleset.version:
            return True
        anew = self._version is not None
        async with transaction(self._pool) as connection:
            if not await reviewing.activate(connection, ruleset, self._clock.now(), anew=anew):
                return False
        self._version = ruleset.version
        return True

    async def _decided(
        self,
        connection: Connection,
        ruleset: Ruleset,
        marks: Sequence[Mark],
        now: datetime,
    ) -> _Batch:
        by_citizen = await loading.by_citizen(connection, marks)
        found = await loading.load(
            connection, by_citizen, ruleset=ruleset, policy=self._policy, now=now
        )
        batch = _Batch()
        for given, own in zip(found, by_citizen.values(), strict=True):
            _add(batch, given, own, _try(given, ruleset))
        if batch.records:
            await store.record(connection, batch.records)
            await store.remove(connection, batch.done)
        if batch.again_at:
            await store.postpone(connection, batch.again_at)
        if batch.failed:
            await store.push_back(connection, batch.failed, now + FAILED_AGAIN)
        if batch.changes:
            await self._suggest(connection, ruleset, batch.changes)
        return batch

    def _note(self, batch: _Batch) -> None:
        if batch.changes.made:
            self._committed()
        now = self._clock.now()
        for since in batch.proposed_since:
            metrics.DECISION_AGE.observe((now - since).total_seconds())
        proposing = len(batch.proposed_since)
        metrics.DECISIONS.labels("proposed").inc(proposing)
        metrics.DECISIONS.labels("nothing").inc(len(batch.records) - proposing)

    def _say(self, state: str) -> None:
        if state != self.state:
            _log.info("the decider's state changed", state=state)
        self.state = state


def _note_waiting(now: datetime, since: datetime | None) -> None:
    metrics.DECISIONS_WAITING.set(0 if since is None else (now - since).total_seconds())


def _try(given: Inputs, ruleset: Ruleset) -> Decided | None:
    """Decide about one citizen; None if it fails, which must not keep others waiting."""
    try:
        return decide(given, ruleset)
    except Exception as error:  # noqa: BLE001 - whatever a rule does with what agencies sent
        metrics.DECISION_FAILURES.inc()
        _log.error("deciding about a citizen failed", error=type(error).__name__)
        return None


def _add(batch: _Batch, given: Inputs, marks: Sequence[Mark], decided: Decided | None) -> None:
    if decided is None:
        batch.failed += marks
        return
    decision, decision_id = decided.decision, uuid7()
    batch.done += marks
    batch.records.append(records.record(decision_id, given, decision))
    batch.changes.add(given, decided, decision_id, _traces(marks))
    if decision.again_at is not None:
        batch.again_at[given.members[0]] = decision.again_at
    if decision.proposed:
        batch.proposed_since.append(min(mark.since for mark in marks))


def _traces(marks: Iterable[Mark]) -> Traces:
    resumed = ((mark.mark, tracing.continued(mark.traceparent)) for mark in marks)
    return Traces({mark: trace for mark, trace in resumed if trace})
