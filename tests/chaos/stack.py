"""The stack under test, started as a user would, and its parts by their names."""

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import TimeoutExpired

import psutil

from percorso.local import keys
from percorso.local.processes import PYTHON, spawn

SERVICES = ("identity", "journey", "journey-2", "insights", "notifications")
READY_TIMEOUT_S = 120.0
PART_TIMEOUT_S = 15.0  # supervisor waits up to 5 s before it starts a part again
STOP_TIMEOUT_S = 45.0
SETTINGS = {
    "PERCORSO_PORTS": "auto",
    "PERCORSO_JOURNEY_WORKERS": "2",
    "PERCORSO_CITY": "off",
    "PERCORSO_KAFKA": "",
    "PERCORSO_POSTGRES": "",
}


class NotReady(Exception):
    """The stack does not come up."""


class Stack:
    """One `python -m percorso.local run` of our own; it dies with this process."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._output = folder / "output.log"
        self._process = spawn(
            [*PYTHON, "percorso.local", "run"],
            log=self._output,
            environment={**SETTINGS, "PERCORSO_HOME": str(self.home)},
        )
        self.addresses: Mapping[str, str] = {}

    def wait_until_ready(self) -> None:
        """Return when run.json is there; NotReady, with what was printed, when it does not come."""
        deadline = time.monotonic() + READY_TIMEOUT_S
        while not (self.home / "run.json").exists():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise NotReady(self._output.read_text(encoding="utf-8"))
            time.sleep(0.1)
        document = json.loads((self.home / "run.json").read_text(encoding="utf-8"))
        self.addresses = {
            **document["services"],
            "kafka": document["kafka"],
            "traces": document["traces"],
            "mail": document["mail"],
            "postgres": document["postgres"]["journey"],
        }

    @property
    def local_secret(self) -> str:
        """The secret that asks for tokens."""
        return (self.home / "secrets" / keys.LOCAL_SECRET).read_text(encoding="utf-8").strip()

    def processes(self) -> dict[str, psutil.Process]:
        """Return the parts that run now, by name: the children of our own supervisor."""
        return {
            name: process
            for supervisor in _children(psutil.Process(self._process.pid))
            if "supervisor.supervisord" in _command(supervisor)
            for process in _children(supervisor)
            if (name := _part(process))
        }

    def part(self, name: str) -> psutil.Process:
        """Return one part, waiting until supervisor has started it."""
        deadline = time.monotonic() + PART_TIMEOUT_S
        while (found := self.processes().get(name)) is None:
            if time.monotonic() > deadline:
                raise NotReady(f"{name} does not run")
            time.sleep(0.05)
        return found

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to one part."""
        with suppress(psutil.NoSuchProcess):
            self.part(name).send_signal(number)

    def ports(self, name: str) -> list[int]:
        """Return where a part listens."""
        connections = self.part(name).net_connections("tcp")
        return [each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN]

    def logs(self) -> dict[str, bytes]:
        """Return every log by its name: of the parts, of supervisor, and what the stack printed."""
        files = [*sorted((self.home / "logs").iterdir()), self._output]
        return {file.name: file.read_bytes() for file in files}

    def stop(self) -> int | None:
        """Ask it to stop; return its exit status, None if it had to be killed."""
        self._process.terminate()
        try:
            return self._process.wait(STOP_TIMEOUT_S)
        except TimeoutExpired:
            self._process.kill()  # its parts are tethered to it
            self._process.wait()
            return None


@contextmanager
def running(folder: Path) -> Iterator[Stack]:
    """Run a stack in a folder of its own until the block ends."""
    stack = Stack(folder)
    try:
        stack.wait_until_ready()
        yield stack
    finally:
        stack.stop()


def _children(process: psutil.Process) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return process.children()
    return []


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def _part(process: psutil.Process) -> str | None:
    """Read the name that supervisor gives to what it starts."""
    with suppress(psutil.Error, OSError):
        return process.environ().get("SUPERVISOR_PROCESS_NAME")
    return None


def environment() -> dict[str, str]:
    """Return this process' environment without what would lead a command to another stack."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PERCORSO_")}
