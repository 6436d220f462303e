"""A server for tests that can be killed, frozen and started again on the same data and port."""

import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import psutil

from percorso.local.errors import Refusal
from percorso.local.processes import last_lines, spawn

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10


class Throwaway:
    """One server process, its data and its address, for as long as a test session needs it.

    It dies with the process that made it, also when that is killed.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        address: str,
        folder: Path,
        answers: Callable[[], bool],
        stop_signal: signal.Signals,
    ) -> None:
        self.address = address
        self.log = folder / "log"
        self._command = command
        self._folder = folder
        self._answers = answers
        self._stop_signal = stop_signal
        self._process: Popen[bytes] | None = None

    def __str__(self) -> str:
        return self.address

    @property
    def pid(self) -> int:
        """The process id of the server; only while it runs."""
        if self._process is None:
            raise RuntimeError("the server does not run")
        return self._process.pid

    def start(self, *, wait: bool = True) -> None:
        """Start it; by default return only when it answers."""
        self._process = spawn(self._command, log=self.log, folder=self._folder)
        if wait:
            self.wait_until_it_answers()

    def wait_until_it_answers(self) -> None:
        """Return when it answers; refuse, with what it wrote last, when it cannot."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if time.monotonic() > deadline or self._has_ended():
                raise Refusal(f"A server for tests did not start: {last_lines(self.log)}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Ask it to end and wait; kill it when it does not."""
        if self._process is None:
            return
        self.resume()
        self._process.send_signal(self._stop_signal)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """Kill it with SIGKILL, as a machine's failure would."""
        if self._process is None:
            return
        family = self._family()
        self._process.kill()
        self._process.wait()
        self._process = None
        # Frozen processes of a killed PostgreSQL would not notice that it is gone.
        _resume(family)

    def restart(self) -> None:
        """Kill it, start it again on the same data and port, and wait until it answers."""
        self.kill()
        self.start()

    def pause(self) -> None:
        """Freeze it with all its processes: connections stay open and nothing answers."""
        family = self._family()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
        # On a busy machine the signal is obeyed some time after it was sent.
        while any(_goes_on(process) for process in family):
            time.sleep(0.001)

    def resume(self) -> None:
        """Let it go on after `pause`."""
        _resume(self._family())

    def _family(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            server = psutil.Process(self.pid)
            return [server, *server.children(recursive=True)]
        return []

    def _has_ended(self) -> bool:
        return self._process is None or self._process.poll() is not None


def _goes_on(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}
    return False


def _resume(family: Sequence[psutil.Process]) -> None:
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.resume()
