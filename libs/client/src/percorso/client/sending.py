"""Sending many events: grouped by agency, in batches, tried again with the same ids."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from percorso.client.errors import (
    BadAnswer,
    Failed,
    PercorsoError,
    Refused,
    Unavailable,
    Unreachable,
)
from percorso.client.events import BatchAnswer
from percorso.client.problems import Problem
from percorso.client.reading import RawEvent

MAX_BATCH = 100  # the contract's word for `percorso send`
MAX_BATCH_BYTES = 3 * 1024 * 1024  # the door takes 4 MiB a request
MAX_WAITING_BYTES = 16 * 1024 * 1024  # over all agencies of one input
_FIRST_WAIT_S = 0.2
_LONGEST_WAIT_S = 5.0

# The one refusal of a sender after which others may go on.
UNKNOWN_AGENCY = "unknown-agency"

Result = TypeVar("Result")
NO_AGENCY = Problem(title="its source names no agency (urn:it:CODE:...); give --agency CODE")


@dataclass(frozen=True, slots=True)
class Retry:
    """How long one call is tried again, with the clock, the sleep and the chance it uses."""

    bound_s: float = 60.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that was not taken, and why, as far as the door told."""

    event: RawEvent
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of some events; `stopped_by` says why no more will be sent."""

    accepted: int = 0
    rejected: tuple[Rejection, ...] = ()
    unknown: int = 0
    stopped_by: PercorsoError | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one agency, in the order of their file."""

    agency: str
    events: tuple[RawEvent, ...]


Post = Callable[[Batch], BatchAnswer]


def agency_of(event: RawEvent) -> str | None:
    """Return the agency that the source names: CODE of `urn:it:CODE:...`."""
    parts = (event.source or "").split(":")
    return parts[2] if len(parts) > 3 and parts[:2] == ["urn", "it"] and parts[2] else None


def send(
    events: Iterable[RawEvent], post: Post, *, agency: str | None, retry: Retry
) -> Iterator[Settled]:
    """Send events and yield what became of them, batch after batch.

    Order is kept per agency. `agency` stands for all events; None reads it from each source.
    A sender that is refused, or a call that stays impossible for `retry.bound_s`, ends the sending.
    """
    for part in _batches(events, agency):
        settled = part if isinstance(part, Settled) else _settle(part, post, retry)
        yield settled
        if settled.stopped_by:
            return


def persist(call: Callable[[], Result], retry: Retry) -> Result:
    """Make a call until it succeeds, is refused, or `retry.bound_s` would be over."""
    give_up_at = retry.clock() + retry.bound_s
    longest_s = _FIRST_WAIT_S
    while True:
        try:
            return call()
        except (Unreachable, Unavailable) as error:
            wait_s = _wait_s(error, longest_s, retry.chance())
            if retry.clock() + wait_s > give_up_at:
                raise
        retry.sleep(wait_s)
        longest_s = min(longest_s * 2, _LONGEST_WAIT_S)


def _wait_s(error: Unreachable | Unavailable, longest_s: float, chance: float) -> float:
    """Wait what the service asked for at the least, and never in step with other senders."""
    asked_s = error.retry_after_s if isinstance(error, Unavailable) else 0.0
    return max(asked_s, longest_s / 2) + chance * longest_s / 2


def _settle(batch: Batch, post: Post, retry: Retry) -> Settled:
    try:
        answer = persist(lambda: post(batch), retry)
    except Refused as error:
        if error.problem.slug != UNKNOWN_AGENCY:
            return Settled(stopped_by=error)
        return Settled(rejected=tuple(Rejection(event, error.problem) for event in batch.events))
    except (Unreachable, Unavailable, Failed, BadAnswer) as error:
        return Settled(unknown=len(batch.events), stopped_by=error)
    unknown = len(batch.events) - answer.accepted - len(answer.rejected)
    return Settled(answer.accepted, _rejections(batch, answer), unknown=max(0, unknown))


def _rejections(batch: Batch, answer: BatchAnswer) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(batch.events[rejected.index], rejected.problem) for rejected in answer.rejected
    )


def _batches(events: Iterable[RawEvent], agency: str | None) -> Iterator[Batch | Settled]:
    waiting = _Waiting()
    for event in events:
        code = agency_of(event) if agency is None else agency
        if code is None:
            yield Settled(rejected=(Rejection(event, NO_AGENCY),))
        else:
            yield from waiting.add(code, event)
    yield from waiting.take_all()


class _Waiting:
    """Events that wait for their batch to fill, per agency; bounded whatever the input."""

    def __init__(self) -> None:
        self._events: dict[str, list[RawEvent]] = {}
        self._sizes: dict[str, int] = {}
        self._total = 0

    def add(self, code: str, event: RawEvent) -> Iterator[Batch]:
        """Add an event and yield the batches that are ready because of it."""
        size = len(event.raw) + 1
        if self._sizes.get(code, 0) + size > MAX_BATCH_BYTES:
            yield from self._take(code)
        self._events.setdefault(code, []).append(event)
        self._sizes[code] = self._sizes.get(code, 0) + size
        self._total += size
        if len(self._events[code]) == MAX_BATCH:
            yield from self._take(code)
        if self._total > MAX_WAITING_BYTES:
            yield from self.take_all()

    def take_all(self) -> Iterator[Batch]:
        """Yield what waits, agency by agency."""
        for code in list(self._events):
            yield from self._take(code)

    def _take(self, code: str) -> Iterator[Batch]:
        if events := self._events.pop(code, None):
            self._total -= self._sizes.pop(code)
            yield Batch(code, tuple(events))
