"""The stack of `make run` whose services the bench starts itself, one at a time and as it likes."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg

from percorso.events.topics import TOUCHPOINTS
from percorso.local import databases, postgres, supervision
from percorso.local.home import Home
from percorso.local.ports import free_port
from percorso.local.processes import PYTHON, spawn
from tests.load import topic
from tests.support import stack
from tests.support.stack import Stack
from tests.support.waiting import eventually

START_S = 60.0
CATCH_UP_S = 300.0
_APPLIED = "SELECT coalesce(sum(next_offset), 0)::bigint FROM consumer_offsets WHERE topic = %s"
ALL = {"OTEL_TRACES_SAMPLER": "parentbased_always_on"}
OFF = {"OTEL_TRACES_EXPORTER": "none"}


@dataclass(frozen=True, slots=True)
class Server:
    """A process that answers over HTTP."""

    url: str
    process: psutil.Process
    ready_after_s: float


@dataclass
class System:
    """Servers, keys and databases of one stack; no service runs unless the bench serves it."""

    stack: Stack
    rounds: int
    growth: Sequence[int]  # millions of rows
    started_after_s: float
    made: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """Return the stack's folder."""
        return self.stack.home

    def kafka(self) -> psutil.Process:
        """Return the broker's process."""
        return self.stack.part("kafka")

    def postgres(self) -> psutil.Process:
        """Return the database server's process, the parent of all sessions."""
        return self.stack.part("postgres")

    def database(self, service: str = "journey") -> "psycopg.Connection[Any]":
        """Connect to a service's database with the service's own rights."""
        return psycopg.connect(self.stack.run["postgres"][service], autocommit=True)

    def admin_url(self, service: str = "") -> str:
        """Return the administrator's address of PostgreSQL, or of a service's database in it."""
        own = urlsplit(self.stack.run["postgres"][service or "journey"])
        assert own.port
        password = (self.home / "secrets" / "postgres.password").read_text().strip()
        url = postgres.admin_url(own.port, password)
        return databases.with_role(url, None, None, own.path[1:]) if service else url

    @contextmanager
    def identity(self, *, elsewhere: bool = False, **changed: str) -> Iterator[Server]:
        """Serve identity, where run.json says unless `elsewhere`; others ask it for its keys."""
        with self._serving("identity", changed, elsewhere=elsewhere) as server:
            yield server

    @contextmanager
    def journey(self, **changed: str) -> Iterator[Server]:
        """Serve journey, its worker included."""
        with self._serving("journey", changed) as server:
            yield server

    @contextmanager
    def journeys(self, workers: int, **changed: str) -> Iterator[list[Server]]:
        """Start journey with so many workers, each in a process of its own; wait for none."""
        with ExitStack() as stack:
            yield [
                stack.enter_context(
                    self._serving(
                        "journey",
                        {"PERCORSO_JOURNEY_WORKER": str(number), **changed},
                        elsewhere=number > 1,
                        wait=False,
                    )
                )
                for number in range(1, workers + 1)
            ]

    @contextmanager
    def _serving(
        self,
        service: str,
        changed: Mapping[str, str],
        *,
        elsewhere: bool = False,
        wait: bool = True,
    ) -> Iterator[Server]:
        part = json.loads((self.home / "parts" / f"{service}.json").read_text())
        url = self.stack.url(service)
        environment = {**part["environment"], **changed}
        if elsewhere:
            port = free_port()
            environment[f"PERCORSO_{service.upper()}_PORT"] = str(port)
            url = f"http://127.0.0.1:{port}"
        with running(part["arguments"], environment, self.home / "logs" / "bench.log") as process:
            yield Server(url, process, until_ready(f"{url}/readyz") if wait else 0.0)

    def catch_up(self) -> None:
        """Wait until journey, which has to be served, has applied all that is in the topic."""
        wanted = topic.size(self.stack.run["kafka"])
        with self.database() as connection:
            eventually(lambda: applied(connection) == wanted, within_s=CATCH_UP_S)

    def agency_headers(self, code: str) -> dict[str, str]:
        """Return the header of an agency, asked for once; identity has to run the first time."""
        kept: dict[str, dict[str, str]] = self.made.setdefault("agencies", {})
        if code not in kept:
            kept[code] = self.stack.agency(code)
        return kept[code]


def applied(connection: "psycopg.Connection[Any]") -> int:
    """Return how far journey has come, over all partitions of touchpoints."""
    row = connection.execute(_APPLIED, [TOUCHPOINTS.name]).fetchone()
    assert row
    return int(row[0])


@contextmanager
def running(
    arguments: list[str], environment: Mapping[str, str], log: Path
) -> Iterator[psutil.Process]:
    """Run a process until the block ends; it cannot outlive this one."""
    process = spawn(arguments, log=log, environment=environment)
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_ready(url: str) -> float:
    """Return after how many seconds the address answers 200."""
    began = time.monotonic()
    while time.monotonic() - began < START_S:
        try:
            if httpx.get(url).status_code < httpx.codes.BAD_REQUEST:
                return time.monotonic() - began
        except httpx.TransportError:
            pass
        time.sleep(0.01)
    raise TimeoutError(url)


@contextmanager
def started(rounds: int, growth: Sequence[int]) -> Iterator[System]:
    """Run the stack in a folder of its own, its services stopped."""
    began = time.monotonic()
    with (
        TemporaryDirectory(prefix="percorso-bench-") as folder,
        stack.running(
            Path(folder) / "home",
            OTEL_TRACES_SAMPLER="parentbased_traceidratio",
            OTEL_TRACES_SAMPLER_ARG="0.01",
        ) as made,
    ):
        took_s = time.monotonic() - began
        _stop_services(made)
        yield System(made, rounds, growth, took_s)


def _stop_services(made: Stack) -> None:
    socket = supervision.socket_path(Home(made.home))
    command = [*PYTHON, "supervisor.supervisorctl", "-s", f"unix://{socket}", "stop", "services:*"]
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def bare_asgi(log: Path) -> Iterator[Server]:
    """Serve the bare ASGI application the way our services are served."""
    port = free_port()
    options = ["--port", str(port), "--loop", "uvloop", "--http", "httptools", "--no-access-log"]
    arguments = [sys.executable, "-m", "uvicorn", "tests.load.bare_asgi:app", *options]
    with running(arguments, {}, log) as process:
        url = f"http://127.0.0.1:{port}"
        yield Server(url, process, until_ready(url))
