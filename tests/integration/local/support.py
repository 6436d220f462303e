"""Runs `make run`'s process for tests, with stand-ins where the services would be."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

READY_TIMEOUT_S = 90.0
RETURN_TIMEOUT_S = 10.0  # up to 5 s of backoff, and its own start
SERVICES = ("identity", "journey", "insights", "notifications", "portal")

SERVICE = '''
"""Stands in for a service: answers 200 to everything, with a token that is none."""
import os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def do_POST(self):
        self.do_GET()
        self.wfile.write(b'{"access_token": "none"}')
    def log_message(self, *_):
        pass

if sys.argv[1] == "serve":
    port = int(os.environ[f"PERCORSO_{__spec__.name.split('.')[1].upper()}_PORT"])
    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
'''


def write_standins(folder: Path) -> Path:
    """Write packages that take the places of the services when the folder is on PYTHONPATH."""
    for service in SERVICES:
        package = folder / "percorso" / service
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "__main__.py").write_text(SERVICE, encoding="utf-8")
    return folder


class RunningStack:
    """One process of `python -m percorso.local run` and what it says."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.home = folder / ".percorso"
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", "percorso.local", "run"],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env={
                    **os.environ,
                    "PERCORSO_PORTS": "auto",
                    "PERCORSO_CITY": "off",
                    **environment,
                },
            )

    def said(self) -> str:
        """Give what it has printed until now."""
        return self.output.read_text(encoding="utf-8")

    def wait_until_ready(self) -> dict[str, object]:
        """Wait for run.json and give its content."""
        file = self.home / "run.json"
        until(lambda: file.exists() or self.process.poll() is not None, READY_TIMEOUT_S)
        assert file.exists(), self.said()
        document: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
        return document

    def ports(self) -> set[int]:
        """Give the ports that run.json tells people and programs."""
        document = json.dumps(self.wait_until_ready())
        return {int(port) for port in re.findall(r"127\.0\.0\.1:(\d+)", document)}

    def listening(self) -> dict[int, str]:
        """Give the ports that its processes accept connections on now, each with its address."""
        return listening({process.pid for process in self.family()})

    def part(self, marker: str) -> psutil.Process:
        """Find the process of a part by a piece of its command line, waiting until it runs."""
        until(lambda: self.has(marker), RETURN_TIMEOUT_S)
        return self._found(marker)[0]

    def has(self, marker: str) -> bool:
        """Say whether the part runs."""
        return bool(self._found(marker))

    def has_again(self, marker: str, old: psutil.Process) -> bool:
        """Say whether the part runs in another process than before."""
        return any(found.pid != old.pid for found in self._found(marker))

    def family(self) -> list[psutil.Process]:
        """Give all processes below the foreground one."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self) -> int:
        """Ask it to stop and give its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def _found(self, marker: str) -> list[psutil.Process]:
        return [found for found in self.family() if marker in " ".join(_command(found))]


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[RunningStack]:
    """Run a stack of stand-ins until the block ends."""
    standins = write_standins(folder / "standins")
    stack = RunningStack(folder, {"PYTHONPATH": str(standins), **environment})
    try:
        yield stack
    finally:
        stack.stop()


def until(condition: Callable[[], object], timeout_s: float) -> None:
    """Wait for the condition; fail when it does not come in time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def listening(pids: Collection[int]) -> dict[int, str]:
    """Give the ports that these processes accept connections on, each with its address."""
    return {
        connection.laddr.port: connection.laddr.ip.removeprefix("::ffff:")
        for connection in psutil.net_connections("inet")
        if connection.laddr and connection.pid in pids and connection.status == psutil.CONN_LISTEN
    }


def is_gone(processes: Sequence[psutil.Process]) -> bool:
    """Say whether none of them runs any more."""
    return not any(process.is_running() and not _is_zombie(process) for process in processes)


def _is_zombie(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def _command(process: psutil.Process) -> list[str]:
    with suppress(psutil.Error):
        return process.cmdline()
    return []
