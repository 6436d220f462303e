"""The whole stack as `make run` starts it, on free ports, for tests that need the real thing."""

import json
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil

from percorso.local.processes import PYTHON, spawn

START_S = 120.0  # a cold start beside other tests; alone it takes about 10
STOP_S = 40.0
SOURCE = "urn:it:c_a182:anagrafe"
Json = dict[str, Any]


@dataclass
class Stack:
    """One running stack, reached as agencies, citizens and operators reach it."""

    home: Path
    process: "subprocess.Popen[bytes]"
    run: Json
    http: httpx.Client

    def url(self, service: str) -> str:
        """Return the base address of a service."""
        address: str = self.run["services"][service]
        return address

    def token(self, **asked: object) -> dict[str, str]:
        """Return the header of a caller."""
        secret = (self.home / "secrets" / "local.secret").read_text().strip()
        answer = self.http.post(
            f"{self.url('identity')}/v1/tokens",
            json=asked,
            headers={"Authorization": f"Bearer {secret}"},
        )
        assert answer.status_code == 201, answer.text
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def agency(self, code: str = "c_a182") -> dict[str, str]:
        """Return the header of an agency."""
        return self.token(caller="agency", code=code)

    def citizen(self, fiscal_code: str) -> dict[str, str]:
        """Return the header of a citizen."""
        return self.token(caller="citizen", identifier={"scheme": "cf", "value": fiscal_code})

    def operations(self) -> dict[str, str]:
        """Return the header of an operator who looks after the stack."""
        return self.token(
            caller="operator", agency="c_a182", role="operations", purpose="tests", case="1"
        )

    def post(self, events: Json | Sequence[Json], caller: Mapping[str, str]) -> httpx.Response:
        """Post one event or a batch."""
        kind = "cloudevents" if isinstance(events, dict) else "cloudevents-batch"
        return self.http.post(
            f"{self.url('identity')}/v1/events",
            content=json.dumps(events),
            headers={"Content-Type": f"application/{kind}+json", **caller},
        )

    def timeline(self, reader: Mapping[str, str], **query: str | int) -> Json:
        """Return a page of the caller's own timeline."""
        answer = self.http.get(
            f"{self.url('journey')}/v1/timelines/me", params=query, headers=dict(reader)
        )
        assert answer.status_code == 200, answer.text
        page: Json = answer.json()
        return page

    def status(self, service: str = "journey") -> Json:
        """Return a service's status; an empty one while it is away."""
        try:
            status: Json = self.http.get(f"{self.url(service)}/status").json()
        except httpx.TransportError:
            return {}
        return status

    def is_ready(self, service: str) -> bool:
        """Say whether a service is ready."""
        try:
            return self.http.get(f"{self.url(service)}/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def is_healthy(self) -> bool:
        """Say whether the door and timelines are ready, and journey has applied all there is."""
        ready = all(self.is_ready(service) for service in ("identity", "journey"))
        return ready and self.status().get("freshness_ms") == 0

    def part(self, name: str) -> psutil.Process:
        """Return the process of a part, as it runs now."""
        wanted = json.loads((self.home / "parts" / f"{name}.json").read_text())["arguments"]
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if process.cmdline()[-len(wanted) :] == wanted and self._is(name, process):
                    return process
            except psutil.Error:
                continue
        raise LookupError(f"{name} does not run")

    def _is(self, name: str, process: psutil.Process) -> bool:
        """Tell apart parts with the same command line: workers by number, children by parent."""
        environment = json.loads((self.home / "parts" / f"{name}.json").read_text())["environment"]
        number = environment.get("PERCORSO_JOURNEY_WORKER")
        return number is None or process.environ().get("PERCORSO_JOURNEY_WORKER") == number


def an_event(fiscal_code: str, **changed: object) -> Json:
    """Return an event as an agency sends it."""
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": SOURCE,
        "type": "eu.percorso.application.received.v1",
        "time": datetime.now(UTC).isoformat(),
        "data": {
            "citizen": {"scheme": "cf", "value": fiscal_code},
            "touchpoint": {
                "channel": "01.1.1",
                "service": "cambio-residenza",
                "matter": "AN/2026/123",
                "protocol": "2026/44871",
            },
        },
        **changed,
    }


@contextmanager
def running(home: Path, *, folder: Path | None = None, **settings: str) -> Iterator[Stack]:
    """Run a stack in `home`, from `folder`, until the block ends; nothing is left running.

    Nor is it when the tests are killed: it dies with the process that started it.
    """
    environment = {
        "PERCORSO_HOME": str(home),
        "PERCORSO_PORTS": "auto",
        "PERCORSO_CITY": "off",
        **settings,
    }
    output = home.with_name(f"{home.name}.output")
    output.write_bytes(b"")
    command = [*PYTHON, "percorso.local", "run"]
    process = spawn(command, log=output, environment=environment, folder=folder)
    try:
        with httpx.Client(timeout=30) as client:
            yield Stack(home, process, _run_file(home, process), client)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _run_file(home: Path, process: "subprocess.Popen[bytes]") -> Json:
    deadline = time.monotonic() + START_S
    file = home / "run.json"
    while not file.exists():
        output = (home.parent / f"{home.name}.output").read_text()
        assert process.poll() is None, f"the stack ended: {output}"
        assert time.monotonic() < deadline, f"the stack did not become ready: {output}"
        time.sleep(0.1)
    run: Json = json.loads(file.read_text())
    return run
