"""ingest.single, ingest.batch100 and trace.overhead: the door's CPU beside its limits."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from tests.load import bodies, http, processes, system, topic
from tests.load.results import Budget, Figure, Spread, interleaved, ratios, spreads
from tests.load.system import Server, System

CONNECTIONS = 64
SINGLES = 6_000
BATCHED = 40_000
MICRO = 1e6


@dataclass
class Gate:
    """Every event that was sent must have been accepted, and be in the topic."""

    bench: System
    sent: int = 0
    accepted: int = 0
    before: int = field(init=False)

    def __post_init__(self) -> None:
        """Look at the topic before anything is sent."""
        self.before = topic.size(self.bench.stack.run["kafka"])

    def void(self) -> str | None:
        """Say what is missing; None if all is there, once each."""
        stored = topic.size(self.bench.stack.run["kafka"]) - self.before
        if self.sent == self.accepted == stored:
            return None
        return f"{self.sent} sent, {self.accepted} accepted, {stored} in the topic"


@dataclass(frozen=True, slots=True)
class Doors:
    """Identity with its usual tracing, with none and with all, and the bare application."""

    usual: Server
    untraced: Server
    all_traced: Server
    bare: Server


def figures(bench: System) -> list[Figure]:
    """Measure one event a request, a hundred a request, and what tracing adds."""
    with ExitStack() as stack:
        doors = Doors(
            usual=stack.enter_context(bench.identity()),
            untraced=stack.enter_context(bench.identity(elsewhere=True, **system.OFF)),
            all_traced=stack.enter_context(bench.identity(elsewhere=True, **system.ALL)),
            bare=stack.enter_context(system.bare_asgi(bench.home / "logs" / "bench.log")),
        )
        return [*_singles(bench, doors), *_batches(bench, doors)]


def _singles(bench: System, doors: Doors) -> list[Figure]:
    gate, sendings = Gate(bench), bodies.sendings(11, SINGLES)
    requests = {
        name: bodies.singles(server.url, bench.agency_headers, sendings)
        for name, server in _named(doors).items()
    }
    _warm_up(doors, requests, gate)

    def measure(name: str) -> float:
        return _cost(_named(doors)[name], requests[name], SINGLES, gate, is_bare=name == "bare")

    taken = interleaved(bench.rounds, {name: partial(measure, name) for name in requests})
    cost, void = spreads(taken), gate.void()
    return [
        Figure(
            "ingest.single",
            "x bare ASGI",
            ratios(taken["usual"], taken["bare"]),
            {"door, us CPU": cost["usual"], "bare ASGI, us CPU": cost["bare"]},
            Budget(3.0, 2.5),
            void,
        ),
        *(
            Figure(
                f"trace.overhead, ingest at {share}",
                "x untraced",
                ratios(taken[name], taken["untraced"]),
                {"traced, us CPU": cost[name], "untraced, us CPU": cost["untraced"]},
                budget,
                void,
            )
            for name, share, budget in (
                ("usual", "1 %", Budget(1.2)),
                ("all_traced", "100 %", None),
            )
        ),
    ]


def _batches(bench: System, doors: Doors) -> list[Figure]:
    bootstrap = bench.stack.run["kafka"]
    topic.make_limit_topic(bootstrap)
    gate, sendings = Gate(bench), bodies.sendings(12, BATCHED)
    headers = bench.agency_headers
    arrays = bodies.arrays(doors.usual.url, headers, sendings)
    lines = bodies.lines(doors.usual.url, headers, sendings)
    bare = bodies.arrays(doors.bare.url, headers, sendings)
    broker: list[float] = []

    def by_array() -> float:
        before = processes.cpu_s(bench.kafka())
        cost = _cost(doors.usual, arrays, BATCHED, gate)
        broker.append((processes.cpu_s(bench.kafka()) - before) / BATCHED * MICRO)
        return cost

    taken = interleaved(
        bench.rounds,
        {
            "array": by_array,
            "lines": lambda: _cost(doors.usual, lines, BATCHED, gate),
            "bare": lambda: _cost(doors.bare, bare, BATCHED, gate, is_bare=True),
            "kafka": lambda: _produced(bootstrap),
        },
    )
    floor = [a + b for a, b in zip(taken["bare"], taken["kafka"], strict=True)]
    cost, void = spreads(taken), gate.void()
    limits = {"bare ASGI, us CPU": cost["bare"], "aiokafka batches, us CPU": cost["kafka"]}
    return [
        *(
            Figure(
                f"ingest.batch100, {words}",
                "x floor",
                ratios(taken[name], floor),
                {"door, us CPU": cost[name], **limits},
                Budget(3.0, 2.0),
                void,
            )
            for name, words in (("array", "JSON array"), ("lines", "NDJSON"))
        ),
        Figure(
            "ingest.batch100, broker's CPU",
            "us an event",
            Spread.of(broker),
            budget=Budget(7.0, 5.0),
            void=void,
        ),
    ]


def _named(doors: Doors) -> dict[str, Server]:
    return {
        "usual": doors.usual,
        "bare": doors.bare,
        "untraced": doors.untraced,
        "all_traced": doors.all_traced,
    }


def _warm_up(doors: Doors, requests: Mapping[str, Sequence[bytes]], gate: Gate) -> None:
    for name, server in _named(doors).items():
        _cost(server, requests[name], SINGLES, gate, is_bare=name == "bare")


def _cost(
    server: Server, requests: Sequence[bytes], events: int, gate: Gate, *, is_bare: bool = False
) -> float:
    """Send all requests and return the server's CPU microseconds for each event."""
    before = processes.cpu_s(server.process)
    answers = http.closed_loop(server.url, requests, connections=CONNECTIONS)
    cost = (processes.cpu_s(server.process) - before) / events * MICRO
    if not is_bare:
        gate.sent += events
        gate.accepted += answers.accepted
    return cost


def _produced(bootstrap: str) -> float:
    command = [sys.executable, "-m", "tests.load.produce", bootstrap, topic.LIMIT.name]
    done = subprocess.run([*command, str(BATCHED)], capture_output=True, text=True, check=True)
    return float(done.stdout)
