"""memory and start: what a service holds when nothing happens, and how soon it is ready."""

import time

from tests.load import processes
from tests.load.results import Budget, Figure, Spread
from tests.load.system import System

SETTLED_S = 5.0


def figures(bench: System) -> list[Figure]:
    """Start each service with its dependencies there, and let it be for a while."""
    memory: dict[str, list[float]] = {"identity": [], "journey": []}
    start: dict[str, list[float]] = {"identity": [], "journey": []}
    for _ in range(bench.rounds):
        with bench.identity() as identity, bench.journey() as journey:
            for name, server in (("identity", identity), ("journey", journey)):
                start[name].append(server.ready_after_s)
            time.sleep(SETTLED_S)
            for name, server in (("identity", identity), ("journey", journey)):
                memory[name].append(processes.resident_mib(server.process))
    return [
        *(
            Figure(f"memory, {name} idle", "MiB", Spread.of(memory[name]), budget=Budget(80))
            for name in memory
        ),
        *(
            Figure(f"start, {name} ready", "s", Spread.of(start[name]), budget=Budget(1.5))
            for name in start
        ),
        Figure(
            "start, make run when all is downloaded",
            "s",
            Spread.of([bench.started_after_s]),
            budget=Budget(20.0),
        ),
    ]
