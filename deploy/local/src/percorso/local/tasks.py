"""What has to be done once before the stack is ready, tried again until it succeeds."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import Popen
from typing import Protocol

import psycopg

from percorso.local import databases
from percorso.local.console import say, shown
from percorso.local.databases import ServiceDatabase
from percorso.local.errors import Refusal
from percorso.local.processes import last_lines, spawn

LONGEST_WAIT_S = 5.0
PATIENCE_S = 10.0  # an embedded PostgreSQL has answered by then
BAD_SETTINGS = 78  # no second try can help


class Task(Protocol):
    """Something that has to end well once."""

    name: str
    is_done: bool

    def advance(self) -> None:
        """Do the next bit without waiting for long; call again until it is done."""

    def stop(self) -> None:
        """Leave nothing running."""


class MakeDatabases:
    """Makes all services' roles and databases, as soon as PostgreSQL answers."""

    name = "databases"

    def __init__(self, admin_url: str, services: Sequence[ServiceDatabase]) -> None:
        self.is_done = False
        self._admin_url = admin_url
        self._services = services
        self._say_at = time.monotonic() + PATIENCE_S

    def advance(self) -> None:
        """Make them, unless PostgreSQL is away; refuse if it does not let us."""
        try:
            for service in self._services:
                databases.create(self._admin_url, service)
        except psycopg.OperationalError as error:
            self._say_in_time(_first_line(error))
            return
        except psycopg.Error as error:
            raise Refusal(
                f"PostgreSQL does not let us make the databases: {_first_line(error)}."
            ) from error
        self.is_done = True

    def stop(self) -> None:
        """Leave nothing running: there is nothing."""

    def _say_in_time(self, reason: str) -> None:
        if time.monotonic() > self._say_at:
            say(f"PostgreSQL: {reason}")
            self._say_at = math.inf


class RunCommand:
    """Runs one command in a process of its own."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        log: Path,
        may_start: Callable[[], bool],
    ) -> None:
        self.name = name
        self.is_done = False
        self._arguments = arguments
        self._environment = environment
        self._log = log
        self._may_start = may_start
        self._process: Popen[bytes] | None = None
        self._not_before = 0.0
        self._wait_s = 0.5

    def advance(self) -> None:
        """Start the command when its turn has come, and see whether it has ended."""
        if self._process is None:
            self._start()
        elif (status := self._process.poll()) is not None:
            self._process = None
            self._ended(status)

    def stop(self) -> None:
        """Kill the command if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _start(self) -> None:
        if time.monotonic() >= self._not_before and self._may_start():
            self._process = spawn(self._arguments, log=self._log, environment=self._environment)

    def _ended(self, status: int) -> None:
        if status == BAD_SETTINGS:
            raise Refusal(f"{self.name} has wrong settings: {last_lines(self._log)}")
        self.is_done = status == 0
        if not self.is_done:
            say(f"{self.name} failed and is tried again, see {shown(self._log)}")
            self._not_before = time.monotonic() + self._wait_s
            self._wait_s = min(self._wait_s * 2, LONGEST_WAIT_S)


def _first_line(error: psycopg.Error) -> str:
    return str(error).partition("\n")[0].rstrip(".")
