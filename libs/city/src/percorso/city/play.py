"""Play: sends the city's life to a running Percorso, some weeks of it at once and then live."""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from percorso.city import demo, live, plan
from percorso.city.calendar import DAY, MINUTE, SECOND
from percorso.city.city import City, Step, Telling
from percorso.city.claims import Claim
from percorso.city.introduction import introduce
from percorso.city.memory import MADE_GOOD, Memory, keep, recall
from percorso.city.noise import Sending
from percorso.city.plan import Volume
from percorso.city.stream import Slot, merge
from percorso.client import (
    Percorso,
    PercorsoError,
    RawEvent,
    Refused,
    Retry,
    SubjectIdentifier,
    Unavailable,
)
from percorso.client.sending import UNKNOWN_AGENCY, persist

# What goes on at life's own pace besides the live stories: some 95 events a day.
HISTORY_VOLUME = Volume(journeys=3, everyday=25)

TICK_S = 0.5
MOST_AT_ONCE = 500  # in a tick: history takes seconds, and the door has room for others
RETRY_S = 60.0
REOPEN_S = 2.0
KEPT_EVERY = 5 * SECOND  # what a kill makes us send again has the same ids

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clock:
    """The time, and how to wait."""

    now_ms: Callable[[], int] = lambda: int(time.time() * 1000)
    sleep: Callable[[float], None] = time.sleep


REAL_TIME = Clock()


def play(
    home: Path, *, seed: int, people: int, events_per_s: float, clock: Clock = REAL_TIME
) -> None:
    """Play for ever; while the system is away, wait for it."""
    memory = recall(home, seed=seed, people=people, now_ms=clock.now_ms())
    city = City(seed, people, start=memory.start)
    player = Player(memory, home, clock)
    while True:
        try:
            with Percorso.local(home) as percorso:
                present(percorso, city, player)
                act(percorso, city, player, events_per_s)
        except PercorsoError as error:
            player.hear(str(error))
            clock.sleep(REOPEN_S)


@dataclass(slots=True)
class Player:
    """The memory of one home, and when it was last kept."""

    memory: Memory
    home: Path
    clock: Clock
    kept_ms: int = 0
    heard: set[str] = field(default_factory=set)

    def hear(self, fault: str) -> None:
        """Write a fault to the log, once."""
        if fault not in self.heard:
            _log.warning("%s", fault)
        self.heard.add(fault)

    def remember(self, sent_ms: int) -> None:
        """Note that everything up to then was accepted."""
        self.memory.sent_ms = max(self.memory.sent_ms, sent_ms)
        if self.memory.sent_ms - self.kept_ms >= KEPT_EVERY:
            keep(self.home, self.memory)
            self.kept_ms = self.memory.sent_ms


def act(percorso: Percorso, city: City, player: Player, events_per_s: float) -> None:
    """Send what is due, tick after tick, until the city overslept; PercorsoError when refused."""
    memory, clock = player.memory, player.clock
    seen_ms = clock.now_ms()
    memory.wake(seen_ms, events_per_s)
    keep(player.home, memory)
    for due in ticks(steps(city, memory, seen_ms), clock):
        _send(percorso, player, [step for step in due if isinstance(step, Sending)])
        for claim in (step for step in due if isinstance(step, Claim)):
            _say(percorso, player, claim)
        player.remember(due[-1].sent_ms)
        now_ms = clock.now_ms()
        if now_ms - seen_ms > MADE_GOOD:
            return
        seen_ms = now_ms


def present(percorso: Percorso, city: City, player: Player) -> None:
    """Let the demo people say once what they allow; what is refused is left, and heard of."""
    if player.memory.is_introduced:
        return
    for person in demo.people(city):
        try:
            introduce(percorso, person)
        except Refused as error:
            player.hear(f"a demo person is refused: {error.problem.slug}")
    player.memory.is_introduced = True
    keep(player.home, player.memory)


def steps(city: City, memory: Memory, now_ms: int) -> Iterator[Step]:
    """Yield all that was not sent yet, for ever, in the order of sending."""
    sent_ms = memory.sent_ms
    return (each for each in merge(_slots(city, memory, now_ms)) if each.sent_ms > sent_ms)


def ticks(stream: Iterator[Step], clock: Clock) -> Iterator[list[Step]]:
    """Yield what is due, a bounded number at a time."""
    due: list[Step] = []
    for step in stream:
        is_full = len(due) >= MOST_AT_ONCE and step.sent_ms > due[-1].sent_ms
        if due and (is_full or step.sent_ms > clock.now_ms()):
            yield due
            due = []
            clock.sleep(TICK_S)
        while step.sent_ms > clock.now_ms():
            clock.sleep(TICK_S)
        due.append(step)


def _slots(city: City, memory: Memory, now_ms: int) -> Iterator[Slot]:
    """Give first all that may be under way, then minute after minute what begins."""
    today, minute = (now_ms - city.start_ms) // DAY, now_ms // MINUTE
    natural = (_natural(city, day) for day in range(today + 1))
    first = minute - live.LONGEST // MINUTE
    begun = (_live(city, memory, each) for each in range(first, minute + 1))
    opening = chain(demo.stories(city), *natural, *begun)
    yield Slot(opening, (minute + 1) * MINUTE)
    while True:
        minute += 1
        day = (minute * MINUTE - city.start_ms) // DAY
        dawn = _natural(city, day) if day > today else ()
        today = max(today, day)
        yield Slot(chain(dawn, _live(city, memory, minute)), (minute + 1) * MINUTE)


def _natural(city: City, day: int) -> Iterator[Telling]:
    return plan.stories_of(city, HISTORY_VOLUME, day)


def _live(city: City, memory: Memory, minute: int) -> Iterator[Telling]:
    for awake in memory.began(minute):
        for told in live.stories_of(city, minute, awake.events_per_s):
            is_over = awake.until_ms is not None and told.starts_ms >= awake.until_ms
            if told.starts_ms >= awake.since_ms and not is_over:
                yield told


def _send(percorso: Percorso, player: Player, due: list[Sending]) -> None:
    events = [
        RawEvent(each.raw, "city", index, None, each.id, each.source)
        for index, each in enumerate(due)
    ]
    for settled in percorso.send(events, retry=Retry(bound_s=RETRY_S)):
        if settled.stopped_by:
            raise settled.stopped_by
        for slug in {each.problem.slug for each in settled.rejected if each.problem}:
            _hear_refusal(player, "events", slug)


def _say(percorso: Percorso, player: Player, claim: Claim) -> None:
    """Say that two identifiers are one person's; or no longer: said once more, it names the link."""
    one, other = (SubjectIdentifier(*subject) for subject in claim.subjects)

    def say() -> None:
        token = percorso.tokens.agency(claim.agency)
        link_id = percorso.links.add(one, other, reference=claim.reference, token=token)
        if claim.is_undone:
            percorso.links.undo(link_id, token=token)

    try:
        persist(say, Retry(bound_s=RETRY_S))
    except Refused as error:
        _hear_refusal(player, "links", error.problem.slug)


def _hear_refusal(player: Player, what: str, slug: str) -> None:
    if slug == UNKNOWN_AGENCY:
        raise Unavailable("an agency of the city is not registered yet")
    player.hear(f"some {what} are refused: {slug}")
