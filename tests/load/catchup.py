"""catchup.replay and trace.overhead of journey: how fast it works off what is in the topic."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import psycopg

from tests.load import bodies, http, processes, rows, system
from tests.load.results import Budget, Figure, Spread, interleaved, ratios, spreads
from tests.load.system import Server, System, applied

EVENTS = 100_000
CONNECTIONS = 16
POLL_S = 0.02
DEADLINE_S = 300.0
MICRO = 1e6
USUAL, TWO, UNTRACED, ALL_TRACED = "new rows", "two workers", "untraced", "all traced"

_STORED = "SELECT count(*) FROM touchpoints WHERE source NOT LIKE 'bench:%'"


@dataclass
class Replays:
    """Fills the topic and lets journey work it off; remembers CPU and how many rows are due."""

    bench: System
    seed: int = 100
    due: int = 0
    cpu_us: dict[str, list[float]] = field(default_factory=dict)

    def new_rows(self, workers: int = 1) -> float:
        """Work off events that were never seen; return events a second."""
        self._renew()
        return self._worked_off(USUAL if workers == 1 else TWO, workers)

    def traced(self, kind: str, tracing: Mapping[str, str]) -> float:
        """Work off new events with door and journey tracing so; return events a second."""
        self._renew()
        return self._worked_off(kind, 1, tracing)

    def duplicates(self) -> float:
        """Work off the events of the last round again; no row is added."""
        return self._worked_off("duplicates", 1)

    def stored(self) -> int:
        """Count the rows that came by events."""
        with self.bench.database() as connection:
            row = connection.execute(_STORED).fetchone()
        assert row
        return int(row[0])

    def _renew(self) -> None:
        self.seed += 1
        self.due += EVENTS

    def _worked_off(
        self, kind: str, workers: int, tracing: Mapping[str, str] = MappingProxyType({})
    ) -> float:
        with self.bench.database() as connection:
            before = applied(connection)
            self._send(tracing)
            with self.bench.journeys(workers, **tracing) as servers:
                rate, cpu_us = _timed(connection, before, servers)
        self.cpu_us.setdefault(kind, []).append(cpu_us)
        return rate

    def _send(self, tracing: Mapping[str, str]) -> None:
        with self.bench.identity(elsewhere=False, **tracing) as door:
            sendings = bodies.sendings(self.seed, EVENTS)
            requests = bodies.arrays(door.url, self.bench.agency_headers, sendings)
            answers = http.closed_loop(door.url, requests, connections=CONNECTIONS)
        if answers.accepted != EVENTS:
            raise RuntimeError(f"{answers.accepted} of {EVENTS} events were accepted")


def _timed(
    connection: "psycopg.Connection[Any]", before: int, servers: Sequence[Server]
) -> tuple[float, float]:
    """Return events a second and CPU microseconds an event, from the first tenth to the last event."""
    first = _until(connection, before + EVENTS // 10)
    begun_at, cpu = time.perf_counter(), _cpu_s(servers)
    last = _until(connection, before + EVENTS)
    count = last - first
    return count / (time.perf_counter() - begun_at), (_cpu_s(servers) - cpu) / count * MICRO


def _until(connection: "psycopg.Connection[Any]", wanted: int) -> int:
    deadline = time.monotonic() + DEADLINE_S
    while (reached := applied(connection)) < wanted:
        if time.monotonic() > deadline:
            raise TimeoutError("journey did not catch up")
        time.sleep(POLL_S)
    return reached


def _cpu_s(servers: Sequence[Server]) -> float:
    return sum(processes.cpu_s(server.process) for server in servers)


def figures(bench: System) -> list[Figure]:
    """Measure catching up on new rows and on duplicates, with one worker and with two."""
    replays = Replays(bench)
    with bench.journey():
        bench.catch_up()
    replays.due = replays.stored()
    replays.new_rows()  # warms Kafka, and makes what `duplicates` repeats
    taken = interleaved(
        bench.rounds,
        {
            "new": replays.new_rows,
            "duplicates": replays.duplicates,
            "two": lambda: replays.new_rows(workers=2),
            "untraced": lambda: replays.traced(UNTRACED, system.OFF),
            "all traced": lambda: replays.traced(ALL_TRACED, system.ALL),
            "copy": lambda: rows.copied_per_s(bench.admin_url("journey"), EVENTS),
        },
    )
    stored = replays.stored()
    void = None if stored == replays.due else f"{stored} rows are stored, {replays.due} were sent"
    rate = spreads(taken)
    cpu_us = replays.cpu_us
    cpu = {kind: Spread.of(values) for kind, values in cpu_us.items()}
    new = {"events/s": rate["new"], "COPY of 1,000 rows, rows/s": rate["copy"]}
    return [
        Figure(
            "catchup.replay, new rows",
            "of COPY",
            ratios(taken["new"], taken["copy"]),
            {**new, "journey, us CPU": cpu[USUAL]},
            Budget(0.6, 0.8, at_least=True),
            void,
        ),
        Figure(
            "catchup.replay, all duplicates",
            "x new rows",
            ratios(taken["duplicates"], taken["new"]),
            {"events/s": rate["duplicates"], "journey, us CPU": cpu["duplicates"]},
            Budget(1.0, at_least=True),
            void,
        ),
        Figure(
            "catchup.replay, two workers",
            "x one worker",
            ratios(taken["two"], taken["new"]),
            {"events/s": rate["two"], "journey, us CPU": cpu[TWO]},
            void=void,
        ),
        *(
            Figure(
                f"trace.overhead, journey at {share}",
                "x untraced",
                ratios(cpu_us[kind][-bench.rounds :], cpu_us[UNTRACED]),
                {"traced, us CPU": cpu[kind], "untraced, us CPU": cpu[UNTRACED]},
                budget,
                void,
            )
            for kind, share, budget in (
                (USUAL, "1 %", Budget(1.02)),
                (ALL_TRACED, "100 %", None),
            )
        ),
    ]
