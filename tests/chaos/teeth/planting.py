"""Planted bugs: each is a wrapper beside this file that starts a service with a function replaced.

The stack is the real one. Supervisor starts a part by what its file in the home says, so the
wrapper is written there and the part killed: the product knows nothing of it.
"""

import json
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.chaos import checks
from tests.chaos.faults import WORKERS, Fault
from tests.chaos.stack import Stack

DOOR = ("identity",)
PLANT_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class Tooth:
    """A bug, where it is planted, the faults that bring it out, and the check that must see it."""

    name: str
    module: str
    parts: Sequence[str]
    caught_by: str
    seconds: float
    faults: Sequence[Fault] = ()

    @property
    def wrapper(self) -> Path:
        """The program that stands in for the service's own."""
        return Path(__file__).with_name(f"{self.module}.py")


TEETH = (
    Tooth(
        "ack before produce", "ack_before_produce", DOOR, checks.NONE_MISSING, 24.0,
        [Fault(6.0, "kafka"), Fault(15.0, "kafka")],
    ),
    Tooth(
        # What Kafka committed by itself takes the place of what was committed with the rows: an
        # offset goes back, and rows are missing only if it runs ahead in the moment of a kill.
        "auto-commit", "auto_commit", WORKERS, checks.NONE_MISSING, 28.0,
        [
            Fault(6.0, "postgres"), Fault(6.8, "journey"), Fault(6.8, "journey-2"),
            Fault(18.0, "postgres"), Fault(18.8, "journey"), Fault(18.8, "journey-2"),
        ],
    ),
    Tooth(
        "dedupe off", "dedupe_off", WORKERS, checks.NONE_TWICE, 15.0,
        [Fault(6.0, "journey-2")],
    ),
    Tooth(
        "offset before rows", "offset_before_rows", WORKERS, checks.NONE_MISSING, 28.0,
        [
            Fault(5.0, "postgres"), Fault(10.0, "journey"),
            Fault(15.0, "postgres"), Fault(20.0, "journey-2"),
        ],
    ),
    Tooth(
        "fence off", "fence_off", WORKERS, checks.OFFSETS, 36.0,
        [Fault(4.0, "journey-2", 13.0), Fault(20.0, "journey", 13.0)],
    ),
    Tooth(
        "unlink ignored", "unlink_ignored", WORKERS, checks.UNLINKED, 15.0,
    ),
    Tooth(
        "two people joined", "two_people", (*DOOR, *WORKERS), checks.TWO_PEOPLE, 15.0,
    ),
    Tooth(
        "early withdrawal ignored", "early_withdrawal", WORKERS, checks.WITHDRAWN, 20.0,
    ),
    Tooth(
        "suggestion before the consent check", "consent_ignored", ("insights",), checks.PROPOSED, 15.0,
    ),
    Tooth(
        "send before the record", "send_before_record", ("notifications",), checks.MAILED_ONCE, 20.0,
    ),
    Tooth(
        # Kafka gives its partitions to a consumer that returns only when the killed one is missed.
        "counter outside the transaction", "counter_outside", ("insights",), checks.COUNTED, 46.0,
        [Fault(16.0, "insights"), Fault(33.0, "insights")],
    ),
    Tooth(
        "identifier in a log line", "identifier_in_log", DOOR, checks.NO_CANARY, 10.0,
    ),
)  # fmt: skip


def plant(stack: Stack, tooth: Tooth) -> None:
    """Have supervisor start the wrapper instead of the service; return when it is ready."""
    for part in tooth.parts:
        _replace(stack.home / "parts" / f"{part}.json", tooth.wrapper)
        stack.signal(part, signal.SIGKILL)
    deadline = time.monotonic() + PLANT_TIMEOUT_S
    while not all(_is_planted(stack, part, tooth.wrapper) for part in tooth.parts):
        assert time.monotonic() < deadline, f"{tooth.name} does not start"
        time.sleep(0.2)


def _replace(file: Path, wrapper: Path) -> None:
    part = json.loads(file.read_text(encoding="utf-8"))
    at = part["arguments"].index("-m")
    part["arguments"][at : at + 2] = [str(wrapper)]
    file.write_text(json.dumps(part), encoding="utf-8")


def _is_planted(stack: Stack, part: str, wrapper: Path) -> bool:
    process = stack.processes().get(part)
    if process is None or str(wrapper) not in process.cmdline():
        return False
    return any(_is_ready(port) for port in stack.ports(part))


def _is_ready(port: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK
