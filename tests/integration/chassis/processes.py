"""Starts the fake service and reads what it says."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

FAKE = Path(__file__).with_name("fake_service.py")
PATIENCE_S = 20.0


class Running:
    """A process of the fake service."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []
        self._queue: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line)
        self._queue.put(None)

    def wait_for(self, event: str) -> dict[str, Any]:
        """Return the log line of that sentence, once it is there."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            line = self._queue.get(timeout=max(0.01, deadline - time.monotonic()))
            assert line is not None, f"ended without saying: {event}; {self.lines}"
            self.lines.append(json.loads(line))
            if self.lines[-1]["event"] == event:
                return self.lines[-1]

    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.wait_for('the service listens')['port']}"

    def ready_url(self) -> str:
        """Return where it listens, once it is ready."""
        url = self.url()
        deadline = time.monotonic() + PATIENCE_S
        while httpx.get(f"{url}/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        return url

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    def ended(self) -> tuple[int, list[str]]:
        """Return the exit code and every sentence, once it is over."""
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        while (line := self._queue.get(timeout=1)) is not None:
            self.lines.append(json.loads(line))
        return code, [line["event"] for line in self.lines]


@contextmanager
def started(
    scenario: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """Run the fake service; whatever happens, it does not outlive the block."""
    process = subprocess.Popen(
        [sys.executable, str(FAKE), scenario, *(arguments or ("serve",))],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **(environment or {})},
    )
    running = Running(process)
    try:
        yield running
    finally:
        process.kill()
        process.wait()
        running._reader.join()
        assert process.stdout is not None
        process.stdout.close()
