"""The faults: when which part is killed or frozen, chosen by the seed, and doing it."""

import asyncio
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from tests.chaos.ledger import Ledger, Struck, now
from tests.chaos.stack import Stack

WORKERS = ("journey", "journey-2")
LOOP = ("insights", "notifications")
ROUND_S = 60.0
FIRST_S = 3.0  # undisturbed, so that there is something to lose
KAFKA_FROZEN_S = 20.0
WORKER_FROZEN_S = 13.0  # its session runs out after 10 s
AFTER_FREEZE_S, AFTER_KILL_S = 2.0, 4.0


@dataclass(frozen=True, slots=True)
class Fault:
    """A part is killed, or frozen for some seconds."""

    at_s: float
    part: str
    frozen_s: float = 0.0


def schedule(seed: int, seconds: float) -> list[Fault]:
    """Plan every kind of fault once a minute, in another order each time."""
    random = Random(f"faults {seed}")
    rounds = max(1, round(seconds / ROUND_S))
    return [fault for number in range(rounds) for fault in _round(random, number * ROUND_S)]


def _round(random: Random, start_s: float) -> Iterator[Fault]:
    at_s = start_s + FIRST_S
    spare_s = ROUND_S - FIRST_S - sum(_length_s(block) for block in _BLOCKS)
    for block in random.sample(_BLOCKS, len(_BLOCKS)):
        at_s += spare_s / len(_BLOCKS) * random.random()
        yield from block(random, at_s)
        at_s += _length_s(block)


def _freeze_worker(random: Random, at_s: float) -> Iterator[Fault]:
    """Freeze a worker past its session; meanwhile the door dies, which must not matter."""
    yield Fault(at_s, random.choice(WORKERS), WORKER_FROZEN_S)
    yield Fault(at_s + random.uniform(3.0, 9.0), "identity")


def _freeze_kafka(_: Random, at_s: float) -> Iterator[Fault]:
    yield Fault(at_s, "kafka", KAFKA_FROZEN_S)


def _kill_kafka(_: Random, at_s: float) -> Iterator[Fault]:
    yield Fault(at_s, "kafka")


def _kill_postgres(_: Random, at_s: float) -> Iterator[Fault]:
    yield Fault(at_s, "postgres")


def _kill_worker(random: Random, at_s: float) -> Iterator[Fault]:
    yield Fault(at_s, random.choice(WORKERS))


def _kill_loop(random: Random, at_s: float) -> Iterator[Fault]:
    """Kill those that suggest and send, one soon after the other."""
    one, other = random.sample(LOOP, 2)
    yield Fault(at_s, one)
    yield Fault(at_s + random.uniform(0.5, 2.0), other)


_BLOCKS = (
    _freeze_worker, _freeze_kafka, _kill_kafka, _kill_postgres, _kill_worker, _kill_loop,
)  # fmt: skip
_FROZEN_S = {_freeze_worker: WORKER_FROZEN_S, _freeze_kafka: KAFKA_FROZEN_S}


def _length_s(block: object) -> float:
    frozen_s = _FROZEN_S.get(block)  # type: ignore[call-overload]
    return AFTER_KILL_S if frozen_s is None else frozen_s + AFTER_FREEZE_S


async def inflict(stack: Stack, faults: Sequence[Fault], ledger: Ledger) -> None:
    """Inflict all of them at their times from now on; whatever was frozen goes on at the end."""
    async with asyncio.TaskGroup() as tasks:
        for fault in faults:
            tasks.create_task(_inflict(stack, fault, ledger), name=f"fault {fault.part}")


async def _inflict(stack: Stack, fault: Fault, ledger: Ledger) -> None:
    await asyncio.sleep(fault.at_s)
    if not fault.frozen_s:
        await _strike(stack, fault.part, signal.SIGKILL, ledger)
        return
    await _strike(stack, fault.part, signal.SIGSTOP, ledger)
    try:
        await asyncio.sleep(fault.frozen_s)
    finally:
        await _strike(stack, fault.part, signal.SIGCONT, ledger)


async def _strike(stack: Stack, part: str, number: signal.Signals, ledger: Ledger) -> None:
    await asyncio.to_thread(stack.signal, part, number)
    ledger.add(Struck(now(), part, number.name))
