"""One experiment: a stack of its own, load and faults side by side, then the evidence and verdicts."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from percorso.events.topics import IDENTITY, NOTIFICATIONS, SUGGESTIONS
from tests.chaos import (
    account,
    audit,
    callers,
    canaries,
    checks,
    conduct,
    faults,
    ledger,
    letters,
    links,
    loop,
    oracle,
    pages,
    parents,
    poison,
    stack,
    subjects,
)
from tests.chaos.account import Account
from tests.chaos.callers import Callers
from tests.chaos.canaries import Canaries, Surface
from tests.chaos.checks import Verdict, verdict
from tests.chaos.claims import Claims
from tests.chaos.faults import Fault
from tests.chaos.ledger import Entry, Ledger
from tests.chaos.linker import Linker
from tests.chaos.links import Kept, LinkAccount
from tests.chaos.load import Load
from tests.chaos.loop import Loop
from tests.chaos.oracle import Model
from tests.chaos.pages import Reader, Timeline, Unread
from tests.chaos.poison import TopicRecord
from tests.chaos.sender import Offender, Sender
from tests.chaos.stack import Stack
from tests.chaos.teeth import planting
from tests.chaos.teeth.planting import Tooth
from tests.chaos.watch import Watch

MUST_HOLD = (
    "log identity.log", "log journey.log", "log insights.log", "log notifications.log", "spans", "metrics", "topic values", "facts' values",
    "answers",
)  # fmt: skip
LEAST_BYTES = 1_000  # a place that holds less was not searched
PLANTED_AT = (0.15, 0.6)  # of the run; and once more when all is well


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do to which stack."""

    seed: int
    seconds: float
    faults: Sequence[Fault]
    tooth: Tooth | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was found when all had come to rest."""

    entries: Sequence[Entry]
    recovered: bool
    timelines: Sequence[Timeline]
    topic: Sequence[TopicRecord]
    states: Mapping[str, Kept]  # of links
    own: int  # events that Percorso itself said
    touchpoints: int
    letters: Sequence[dict[str, Any]]
    regressions: Sequence[str]
    surfaces: Sequence[Surface]
    handling: Verdict
    deaths: Verdict
    loop: Loop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out of an experiment."""

    plan: Plan
    account: Account
    links: LinkAccount
    entries: Sequence[Entry]
    verdicts: Sequence[Verdict]

    @property
    def failed(self) -> list[Verdict]:
        """The checks that do not hold."""
        return [each for each in self.verdicts if not each.holds]


def experiment(plan: Plan, folder: Path) -> Outcome:
    """Run it and judge it; the ledger and the stack's home stay in the folder."""
    with stack.running(folder) as running:
        if plan.tooth is not None:
            planting.plant(running, plan.tooth)
        evidence = asyncio.run(_Experiment(plan, running, folder).run())
        status = running.stop()
    settled, linked = account.of(evidence.entries), links.account(evidence.entries)
    stopped = verdict(checks.STOPPED, [] if status == 0 else [f"exit status {status}"])
    verdicts = [*_verdicts(settled, linked, evidence, plan.seed), stopped]
    return Outcome(plan, settled, linked, evidence.entries, verdicts)


def _verdicts(
    settled: Account, linked: LinkAccount, evidence: Evidence, seed: int
) -> Iterator[Verdict]:
    entries, states, ever = evidence.entries, evidence.states, linked.ever()
    stored = settled.stored(record.id for record in evidence.topic)
    model = Model(settled, stored, now=links.live(states), ever=ever)
    yield from oracle.judge_timelines(model, evidence.timelines)
    yield from links.judge(linked, states)
    yield links.judge_people(linked, states, oracle.pages(settled))
    yield oracle.judge_answers(settled, entries)
    agencies = evidence.touchpoints - evidence.own
    yield oracle.judge_topic(settled, evidence.topic, touchpoints=agencies)
    yield from oracle.judge_pages(settled, ever)
    yield letters.judge(evidence.letters, evidence.topic)
    yield from loop.judge(evidence.loop, parents.of_seed(seed), model)
    yield evidence.handling
    yield verdict(checks.OFFSETS, evidence.regressions)
    yield _leaks(evidence.surfaces)
    yield from conduct.judge(entries)
    yield evidence.deaths
    yield conduct.judge_recovery(entries, recovered=evidence.recovered, unsettled=settled.unsettled)


def _leaks(surfaces: Sequence[Surface]) -> Verdict:
    found = [f"{len(each.found)} in {each.name}" for each in surfaces if each.found]
    sizes = {each.name: each.bytes for each in surfaces}
    found += [f"{name} were not to be had" for name in MUST_HOLD if sizes[name] < LEAST_BYTES]
    spans, total = sizes["spans"] / 2**20, sum(sizes.values()) / 2**20
    measured = f"{total:.0f} MB in {len(surfaces)} places, {spans:.1f} MB of spans"
    return verdict(checks.NO_CANARY, found, measured)


class _Experiment:
    """The parts of one experiment that share a stack, a ledger and a seed."""

    def __init__(self, plan: Plan, running: Stack, folder: Path) -> None:
        self._plan = plan
        self._stack = running
        self._ledger = Ledger(folder / "ledger.jsonl")
        self._city = subjects.city(plan.seed)
        self._subjects = subjects.of_city(self._city)
        self._parents = parents.of_seed(plan.seed)
        theirs = [each for parent in self._parents for each in (parent.subject, parent.mailbox)]
        self._canaries: Canaries = canaries.of_seed(plan.seed, [*self._subjects, *theirs])
        self._watch = Watch(running, self._ledger)

    async def run(self) -> Evidence:
        """Break and load the stack, let it recover, collect what it holds."""
        await audit.install(self._stack)
        known = [*self._subjects, *(parent.subject for parent in self._parents)]
        async with callers.connected(self._stack, known) as called:
            await parents.settle_in(self._stack, called, self._parents)
            await self._suffer(called)
            recovered = await self._watch.until_recovered()
            recovered = await audit.outbox_emptied(self._stack) and recovered
            await self._offender(called).run_once()
            await self._poison(0)
            recovered = await self._watch.until_recovered() and recovered
            return await self._evidence(called, recovered=recovered)

    async def _suffer(self, called: Callers) -> None:
        over = asyncio.Event()
        watching = asyncio.create_task(self._watch.run(over), name="watch")
        try:
            async with asyncio.TaskGroup() as tasks:
                for name, work in self._work(called):
                    tasks.create_task(work(), name=name)
        finally:
            over.set()
            await watching

    def _work(
        self, called: Callers
    ) -> Iterator[tuple[str, Callable[[], Coroutine[None, None, None]]]]:
        plan, seconds = self._plan, self._plan.seconds
        linker = Linker(called, self._ledger, Claims(plan.seed, self._city), plan.seed)
        text = self._canaries.text
        load = Load(plan.seed, self._city, text=text, listen=linker.hear, seconds=seconds)
        sender = Sender(called, self._ledger, plan.seed)
        yield "load", lambda: sender.run(load, seconds)
        yield "births", lambda: parents.give_birth(sender, self._parents, plan.seed, seconds)
        yield "links", lambda: linker.run(seconds)
        yield "faults", lambda: faults.inflict(self._stack, plan.faults, self._ledger)
        yield "offences", lambda: self._offender(called).run(seconds)
        for share in PLANTED_AT:
            yield f"poison {share}", lambda share=share: self._poison(seconds * share)  # type: ignore[misc]
        for number in range(pages.READERS):
            yield f"reader {number}", lambda number=number: self._read(called, number)  # type: ignore[misc]

    def _offender(self, called: Callers) -> Offender:
        plan, text = self._plan, self._canaries.text
        return Offender(called, self._ledger, self._subjects, plan.seed, text)

    async def _poison(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        kafka = self._stack.addresses["kafka"]
        await poison.plant(kafka, self._ledger, self._plan.seed, self._canaries.poison)

    async def _read(self, called: Callers, number: int) -> None:
        reader = Reader(called, self._ledger)
        try:
            await reader.run(self._subjects, self._plan.seed + number, self._plan.seconds)
        except Unread:
            return  # the ledger has it, and the last reading decides

    async def _evidence(self, called: Callers, *, recovered: bool) -> Evidence:
        looped = await loop.evidence(self._stack, called, self._parents)
        found = await letters.listed(called)
        kafka = self._stack.addresses["kafka"]
        topic = await poison.whole_topic(kafka)
        facts = await poison.whole_topic(kafka, IDENTITY)
        said = [await poison.whole_topic(kafka, each) for each in (SUGGESTIONS, NOTIFICATIONS)]
        touchpoints = await asyncio.to_thread(_stored, self._stack)
        timelines = await pages.read_all(called, self._ledger, self._subjects)
        handling = await letters.judge_handling(called, found)
        entries = ledger.read(self._ledger.path)
        return Evidence(
            entries=entries,
            recovered=recovered,
            timelines=timelines,
            topic=topic,
            states=links.kept(facts, called.pseudonyms()),
            own=len({record.id for records in said for record in records}),
            touchpoints=touchpoints,
            letters=found,
            regressions=await audit.regressions(self._stack),
            surfaces=await self._search(entries, topic, facts, found),
            handling=handling,
            deaths=conduct.judge_deaths(self._stack.home / "logs" / "supervisord.log", entries),
            loop=looped,
        )

    async def _search(
        self,
        entries: Sequence[Entry],
        topic: Sequence[TopicRecord],
        facts: Sequence[TopicRecord],
        found: object,
    ) -> Sequence[Surface]:
        return await canaries.search_all(
            self._stack,
            self._canaries,
            entries=entries,
            topic=topic,
            facts=facts,
            metrics="\n".join(self._watch.metrics).encode(),
            letters=msgspec.json.encode(found),
        )


def _stored(running: Stack) -> int:
    """Return how many touchpoints `percorso status` counts."""
    command = [str(Path(sys.executable).with_name("percorso")), "status", "--json"]
    environment = {**stack.environment(), "PERCORSO_HOME": str(running.home)}
    said = subprocess.run(command, env=environment, capture_output=True, check=False).stdout
    stored = json.loads(said)["journey"]["touchpoints"]
    assert isinstance(stored, int), "journey does not say how many touchpoints it has"
    return stored
