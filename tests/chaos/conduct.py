"""How the stack behaved under its faults, judged by the ledger: availability, bounds, recovery."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import checks
from tests.chaos.checks import Verdict, verdict
from tests.chaos.ledger import (
    Answered,
    Decided,
    Entry,
    NotRead,
    Offended,
    Read,
    Struck,
    Watched,
    Weighed,
)

SLOWEST_ANSWER_S = 2.5
MOST_MEMORY = 300 * 2**20
NOTICED_AFTER_S = 7.0  # an end that was read just before the fault proves freshness for 5 s
POSTGRES_BACK_S = 15.0  # supervisor waits up to 5 s, and what was not flushed is recovered
FRESH_MS = 3_000  # less is a busy machine, not an outage
MOST_RECOVERY_S = 60.0


Faults = Sequence[Struck]


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time."""

    begin: float
    end: float

    def has(self, at: float) -> bool:
        """Whether an instant lies in it."""
        return self.begin <= at <= self.end


def judge(entries: Sequence[Entry]) -> Iterator[Verdict]:
    """Yield the verdicts that need nothing but the ledger."""
    frozen = list(_frozen(entries, "kafka"))
    yield _refusals(entries)
    yield _outages(entries)
    if frozen:
        yield _door(entries, frozen)
        yield _visible(entries, frozen)
        yield _readable(entries, frozen)
    yield _memory(entries)


def _frozen(entries: Sequence[Entry], part: str) -> Iterator[Window]:
    struck = [each for each in entries if isinstance(each, Struck) and each.part == part]
    stops = [each.at for each in struck if each.signal == "SIGSTOP"]
    wakes = [each.at for each in struck if each.signal == "SIGCONT"]
    yield from (Window(*pair) for pair in zip(stops, wakes, strict=False))


def _refusals(entries: Sequence[Entry]) -> Verdict:
    offended = [each for each in entries if isinstance(each, Offended)]
    faults = [
        f"{each.offence}: {each.status}"
        for each in offended
        if each.status not in each.expected and (each.is_final or not _is_outage(each.status))
    ]
    kinds = {each.offence for each in offended if each.is_final}
    return verdict(checks.REFUSALS, faults, f"{len(offended)} of {len(kinds)} kinds")


def _is_outage(status: int | None) -> bool:
    return status is None or status in {429, 503}


def _outages(entries: Sequence[Entry]) -> Verdict:
    answers = [
        each for each in entries if isinstance(each, Answered | Decided | Offended | NotRead)
    ]
    later = [each for each in answers if each.status in {429, 503}]
    broken = [each for each in answers if each.status and each.status >= 500 and each.status != 503]
    faults = [f"{each.status} without" for each in later if each.retry_after is None]
    faults += [f"{each.status} to {type(each).__name__}" for each in broken]
    return verdict(checks.OUTAGES, faults, f"{len(later)} answers")


def _door(entries: Sequence[Entry], frozen: Iterable[Window]) -> Verdict:
    answers = [
        each
        for each in entries
        if isinstance(each, Answered)
        if any(window.has(each.at - each.elapsed_s) and window.has(each.at) for window in frozen)
    ]
    refused = sum(each.status == 503 for each in answers)
    slowest_s = max((each.elapsed_s for each in answers), default=0.0)
    faults = [] if refused else ["it never answered 503"]
    if slowest_s > SLOWEST_ANSWER_S:
        faults.append(f"an answer took {slowest_s:.2f} s")
    return verdict(
        checks.DOOR, faults, f"{refused} times 503, the slowest answer {slowest_s:.2f} s"
    )


def _visible(entries: Sequence[Entry], frozen: Sequence[Window]) -> Verdict:
    shown = [
        seen.freshness_ms or 0
        for seen in entries
        if isinstance(seen, Watched)
        if any(Window(each.begin + NOTICED_AFTER_S, each.end).has(seen.at) for each in frozen)
    ]
    faults = [] if max(shown, default=0) > 0 else ["freshness stayed 0"]
    return verdict(checks.VISIBLE, faults, f"freshness up to {max(shown, default=0) / 1_000:.1f} s")


def _readable(entries: Sequence[Entry], frozen: Sequence[Window]) -> Verdict:
    killed = [each.at for each in entries if isinstance(each, Struck) and each.part == "postgres"]

    def during(at: float) -> bool:
        is_away = any(Window(each, each + POSTGRES_BACK_S).has(at) for each in killed)
        return not is_away and any(window.has(at) for window in frozen)

    read = sum(isinstance(each, Read) and during(each.at) for each in entries)
    failed = [each for each in entries if isinstance(each, NotRead) and during(each.at)]
    faults = [f"a page was refused ({each.status})" for each in failed]
    faults += [] if read else ["none was read"]
    return verdict(checks.READABLE, faults, f"{read} reads")


def _memory(entries: Sequence[Entry]) -> Verdict:
    most: dict[str, int] = {}
    for each in entries:
        if isinstance(each, Weighed):
            most[each.part] = max(most.get(each.part, 0), each.bytes)
    faults = [f"{part} took {size >> 20} MB" for part, size in most.items() if size > MOST_MEMORY]
    return verdict(checks.MEMORY, faults, ", ".join(f"{p} {s >> 20} MB" for p, s in most.items()))


def judge_deaths(log: Path, entries: Iterable[Entry]) -> Verdict:
    """Judge by supervisor's log whether a service ended by itself."""
    exits = [line for line in log.read_text("utf-8").splitlines() if "WARN exited: " in line]
    own = [line.partition("exited: ")[2] for line in exits]
    kills = sum(isinstance(each, Struck) and each.signal == "SIGKILL" for each in entries)
    faults = [each for each in own if "SIGKILL" not in each and not _is_server(each)]
    return verdict(checks.DEATHS, faults, f"{kills} killed")


def _is_server(line: str) -> bool:
    """Whether it is one of the servers, which are not ours to judge."""
    return line.startswith(("postgres ", "kafka ", "zipkin "))


@dataclass(frozen=True, slots=True)
class Recovery:
    """A fault, and how long after its end health or freshness still showed it."""

    part: str
    what: str
    at_s: float
    seconds: float


def recoveries(entries: Sequence[Entry]) -> list[Recovery]:
    """Measure, for each fault, the time until the last unhealthy sight before the next one."""
    began = min(each.at for each in entries if isinstance(each, Watched))
    struck = [each for each in entries if isinstance(each, Struck)]
    untils = [*(each.at for each in struck), float("inf")][1:]
    return [
        Recovery(
            part=each.part,
            what="killed" if each.signal == "SIGKILL" else "frozen",
            at_s=each.at - began,
            seconds=_ill_for(entries, each, until),
        )
        for each, until in zip(struck, untils, strict=True)
        if each.signal != "SIGSTOP"
    ]


def _ill_for(entries: Iterable[Entry], struck: Struck, until: float) -> float:
    ill = [
        seen.at - struck.at
        for seen in entries
        if isinstance(seen, Watched)
        if struck.at < seen.at < until and not _is_well(seen, struck.part)
    ]
    return max(ill, default=0.0)


def _is_well(seen: Watched, part: str) -> bool:
    """Judge by what the part matters for: taking events, showing them, or both."""
    takes = bool(seen.identity_ready)
    shows = bool(seen.journey_ready) and (seen.freshness_ms or 0) < FRESH_MS
    if part == "identity":
        return takes
    return shows and (takes or part.startswith("journey"))


def judge_recovery(entries: Sequence[Entry], *, recovered: bool, unsettled: int) -> Verdict:
    """Judge whether all came back by itself and every event could be settled."""
    longest_s = max((each.seconds for each in recoveries(entries)), default=0.0)
    faults = [] if recovered else ["it was not ready and caught up within 90 s"]
    faults += [f"{unsettled} requests could not be settled"] if unsettled else []
    if longest_s > MOST_RECOVERY_S:
        faults.append(f"a recovery took {longest_s:.0f} s")
    return verdict(checks.RECOVERY, faults, f"the longest took {longest_s:.1f} s")
