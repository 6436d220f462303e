"""Subscriber: batches of one topic, applied in order, from offsets that the service stores.

Kafka only assigns partitions. Where a partition goes on is what the service committed with its
rows; Kafka's group offsets are a mirror for lag tools. Nothing is skipped or reset: a stored
offset outside the topic stops that partition and says so. What is away is waited for; a consumer
that makes no progress is made anew (aiokafka #703, #847, #1037).
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from percorso.events import metrics
from percorso.events.errors import Fenced, Unavailable
from percorso.events.kafka.batch import Batch, Decode, E, read
from percorso.events.kafka.connection import AWAY, AWAY_REASON, BROKEN, close, topic_fault
from percorso.events.kafka.progress import Progress
from percorso.events.pausing import pause
from percorso.events.topics import Topic

MAX_RECORDS = 1_000  # of one batch: one transaction stays well under a second
SESSION_TIMEOUT_S = 10  # a dead worker's partitions move on after this
POLL_S = 0.2
WATCH_INTERVAL_S = 1.0
STUCK_S = 15.0  # longer than a broker's restart; then the consumer is made anew
CONNECT_DEADLINE_S = 10.0
BROKER_DEADLINE_S = 3.0
REVOKE_DEADLINE_S = 5.0  # below the session timeout
RETRY_FIRST_S, RETRY_MOST_S = 0.1, 2.0
RECONNECT_DELAY_S = 0.5
STORE_AWAY = "the store is away"

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription(Generic[E]):
    """What to consume and what to do with it.

    `decode` reads a record, raising Unprocessable for a dead letter; `stored` gives the next offset of each partition that has one; `begin` stores the first one of
    a partition that has none; `apply` commits a batch with its offsets in one transaction, raising
    Unavailable (it is tried again) or Fenced (the batch is dropped); `report` is told progress.
    """

    topic: Topic
    group: str
    decode: Decode[E]
    stored: Callable[[Sequence[int]], Awaitable[Mapping[int, int]]]
    begin: Callable[[Mapping[int, int]], Awaitable[None]]
    apply: Callable[[Batch[E]], Awaitable[None]]
    report: Callable[[Mapping[int, Progress]], Awaitable[None]]


class Stuck(Exception):
    """The topic grows and the consumer gets nothing."""


class Subscriber(Generic[E]):
    """Consumes one subscription until asked to stop; several workers share the partitions."""

    def __init__(self, bootstrap: str, subscription: Subscription[E], *, worker: str = "") -> None:
        self._bootstrap = bootstrap
        self._subscription = subscription
        self._worker = worker
        self._stop = asyncio.Event()
        self._fault: str | None = "the subscriber has not joined its group yet"
        self._stopped: dict[int, str] = {}
        self._unassigned_since: datetime | None = datetime.now(UTC)
        self.progress: dict[int, Progress] = {}
        self._reset()
        metrics.watch_freshness(subscription.topic.name, self.freshness_s)

    def _reset(self) -> None:
        """Forget everything that belonged to one consumer."""
        self._generation = 0
        self._unpositioned: set[int] = set()
        self._positions: dict[int, int] = {}
        since = [each.complete_until for each in self.progress.values()]
        self._unassigned_since = min(since, default=self._unassigned_since or datetime.now(UTC))
        self.progress = {}
        self._queue: asyncio.Queue[tuple[int, Batch[E]] | None] = asyncio.Queue(maxsize=1)
        self._writing = asyncio.Lock()

    async def check(self) -> str | None:
        """Return why this worker is not consuming, None when all is well."""
        if self._stopped:
            return "; ".join(self._stopped[partition] for partition in sorted(self._stopped))
        return self._fault

    def freshness_s(self) -> float:
        """Return 0 when caught up, else the age in seconds of the oldest unapplied event."""
        now = datetime.now(UTC)
        if self._unassigned_since is not None:
            return (now - self._unassigned_since).total_seconds()
        return max((each.age_s(now) for each in self.progress.values()), default=0.0)

    async def run(self, stop: asyncio.Event) -> None:
        """Consume until `stop` is set; the batch in hand is finished first."""
        self._stop = stop
        while not stop.is_set():
            self._reset()
            try:
                await self._consume_once()
            except* AWAY as away:
                self._give_up(AWAY_REASON, away)
            except* Unavailable as away:
                self._give_up(STORE_AWAY, away)
            except* (Fenced, Stuck) as lost:
                self._give_up("the subscriber joins its group again", lost)
            await pause(stop, RECONNECT_DELAY_S)

    def _give_up(self, fault: str, cause: BaseExceptionGroup[BaseException]) -> None:
        self._fault = fault
        metrics.SUBSCRIBER_REBUILDS.inc()
        _log.warning(
            "the consumer is made anew", errors=sorted({type(e).__name__ for e in cause.exceptions})
        )

    async def _consume_once(self) -> None:
        consumer = self._new_consumer()
        try:
            async with asyncio.timeout(CONNECT_DEADLINE_S):
                await consumer.start()
            if await self._topic_is_wrong(consumer):
                return
            consumer.subscribe([self._subscription.topic.name], listener=_Listener(self, consumer))
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._fetch(consumer), name="fetch")
                tasks.create_task(self._write(), name="write")
                tasks.create_task(self._watch(consumer), name="watch")
        finally:
            await _close(consumer)

    def _new_consumer(self) -> AIOKafkaConsumer:
        group = self._subscription.group
        return AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=group,
            group_instance_id=f"{group}-{self._worker}" if self._worker else None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=SESSION_TIMEOUT_S * 1_000,
            heartbeat_interval_ms=2_000,
            request_timeout_ms=15_000,
            metadata_max_age_ms=30_000,
            max_partition_fetch_bytes=1024 * 1024,
            fetch_max_bytes=8 * 1024 * 1024,
        )

    async def _topic_is_wrong(self, consumer: AIOKafkaConsumer) -> bool:
        fault = await topic_fault(consumer._client, self._subscription.topic)  # noqa: SLF001
        if fault and fault != self._fault:
            _log.error("the topic is not as declared", fault=fault)
        self._fault = fault or self._fault
        return fault is not None

    # Assignment

    def assigned(self, consumer: AIOKafkaConsumer, partitions: set[TopicPartition]) -> None:
        """Hold the partitions back until their stored offsets are read."""
        self._generation += 1
        self._unassigned_since = None
        self._unpositioned = {assigned.partition for assigned in partitions}
        self._positions, self.progress, self._stopped = {}, {}, {}
        for assigned in partitions:
            # A position that nobody fetches from: it keeps the client from Kafka's own offsets.
            consumer.seek(assigned, 0)
            consumer.pause(assigned)
        self._fault = "the stored offsets are not read yet" if partitions else None

    async def revoked(self) -> None:
        """Finish the batch that is being written and drop the next one."""
        self._generation += 1
        with suppress(TimeoutError):
            async with asyncio.timeout(REVOKE_DEADLINE_S), self._writing:
                pass

    async def _position(self, consumer: AIOKafkaConsumer) -> None:
        generation, partitions = self._generation, sorted(self._unpositioned)
        assigned = [self._partition(number) for number in partitions]
        async with asyncio.timeout(BROKER_DEADLINE_S):
            begins = await consumer.beginning_offsets(assigned)
            ends = await consumer.end_offsets(assigned)
        stored = await self._subscription.stored(partitions)
        fresh = {each.partition: begins[each] for each in assigned if each.partition not in stored}
        if fresh:
            await self._subscription.begin(fresh)
        if generation != self._generation:
            return
        for each in assigned:
            offset = stored.get(each.partition, begins[each])
            self._start_at(consumer, each, offset, range(begins[each], ends[each] + 1))
        self._unpositioned.clear()
        self._fault = None

    def _start_at(
        self, consumer: AIOKafkaConsumer, assigned: TopicPartition, offset: int, held: range
    ) -> None:
        number, end, now = assigned.partition, held.stop - 1, datetime.now(UTC)
        if offset not in held:
            self._stop_partition(number, offset, held)
            # Never caught up: what it lacks ages from now on.
            self.progress[number] = Progress(offset, offset + 1, now, now)
            return
        self._positions[number] = offset
        self.progress[number] = Progress(offset, end, now, now)
        consumer.seek(assigned, offset)
        consumer.resume(assigned)

    def _stop_partition(self, number: int, offset: int, held: range) -> None:
        self._stopped[number] = (
            f"partition {number} is stopped: the stored offset {offset} is outside the topic, "
            f"which holds {held.start} to {held.stop - 1}; see docs/runbooks/offsets.md"
        )
        _log.error("a stored offset is outside the topic", partition=number, offset=offset)

    def _partition(self, number: int) -> TopicPartition:
        return TopicPartition(self._subscription.topic.name, number)

    # The three tasks

    async def _fetch(self, consumer: AIOKafkaConsumer) -> None:
        while not self._stop.is_set():
            if self._unpositioned:
                await self._position(consumer)
            generation = self._generation
            fetched = await consumer.getmany(
                timeout_ms=int(POLL_S * 1_000), max_records=MAX_RECORDS
            )
            if not fetched or generation != self._generation:
                continue
            batch = read(
                self._subscription.topic.name, fetched, self._positions, self._subscription.decode
            )
            self._positions.update({span.partition: span.next for span in batch.spans})
            await self._queue.put((generation, batch))
        await self._queue.put(None)

    async def _write(self) -> None:
        while queued := await self._queue.get():
            generation, batch = queued
            async with self._writing:
                if await self._applied(generation, batch):
                    self._note(batch)

    async def _applied(self, generation: int, batch: Batch[E]) -> bool:
        """Apply the batch, trying again while the store is away; False if it is no longer ours."""
        delay = RETRY_FIRST_S
        while generation == self._generation:
            started = time.monotonic()
            try:
                await self._subscription.apply(batch)
            except Unavailable:
                self._fault = STORE_AWAY
                await pause(self._stop, delay * random.uniform(0.5, 1.0))  # noqa: S311 - jitter
                if self._stop.is_set():
                    raise
                delay = min(delay * 2, RETRY_MOST_S)
                continue
            metrics.APPLY_SECONDS.observe(time.monotonic() - started)
            self._fault = None
            return True
        return False

    def _note(self, batch: Batch[E]) -> None:
        metrics.APPLIED.labels(batch.topic).inc(len(batch))
        received = {each.record.partition: each.event.received_at for each in batch.deliveries}
        for span in batch.spans:
            if progress := self.progress.get(span.partition):
                progress.apply(span.next, received.get(span.partition))
        if batch.deliveries:
            oldest = min(each.event.received_at for each in batch.deliveries)
            metrics.EVENT_AGE.observe((datetime.now(UTC) - oldest).total_seconds())

    async def _watch(self, consumer: AIOKafkaConsumer) -> None:
        moved_at, last = time.monotonic(), dict[int, int]()
        while not self._stop.is_set():
            await pause(self._stop, WATCH_INTERVAL_S)
            applied = {number: each.applied for number, each in self.progress.items()}
            reads_ends = await self._read_ends(consumer)
            if self._moves(applied != last, reads_ends=reads_ends):
                moved_at, last = time.monotonic(), applied
            elif time.monotonic() - moved_at > STUCK_S:
                raise Stuck
            await self._mirror(consumer, applied)
            await self._report()

    def _moves(self, advanced: bool, *, reads_ends: bool) -> bool:  # noqa: FBT001 - one of two claims
        """Say whether the consumer lives: it waits for the store, or gets what there is."""
        if self._writing.locked():
            return True
        behind = any(e.lag() for n, e in self.progress.items() if n not in self._stopped)
        return reads_ends and self._generation > 0 and (advanced or not behind)

    async def _read_ends(self, consumer: AIOKafkaConsumer) -> bool:
        asked_at, watched = datetime.now(UTC), dict(self.progress)
        numbers = watched.keys() - self._stopped.keys()
        try:
            async with asyncio.timeout(BROKER_DEADLINE_S):
                ends = await consumer.end_offsets([self._partition(number) for number in numbers])
        except AWAY:
            self._fault = AWAY_REASON
            return False
        for assigned, end in ends.items():
            watched[assigned.partition].saw_end(end, asked_at)
        if self._fault == AWAY_REASON:
            self._fault = None
        return True

    async def _mirror(self, consumer: AIOKafkaConsumer, applied: Mapping[int, int]) -> None:
        """Tell Kafka's group how far we are: for lag tools only, so a failure costs nothing."""
        if not applied:
            return
        with suppress(*AWAY):
            async with asyncio.timeout(BROKER_DEADLINE_S):
                await consumer.commit(
                    {self._partition(number): offset for number, offset in applied.items()}
                )

    async def _report(self) -> None:
        topic = self._subscription.topic
        for number in range(topic.partitions):
            if number in self.progress:
                metrics.LAG.labels(topic.name, number).set(self.progress[number].lag())
            else:
                metrics.LAG.remove(topic.name, number)
        with suppress(Unavailable):
            await self._subscription.report(dict(self.progress))


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc] # aiokafka has no types
    """Hands assignments to the subscriber."""

    def __init__(self, subscriber: Subscriber[E], consumer: AIOKafkaConsumer) -> None:
        self._subscriber = subscriber
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:  # noqa: ARG002
        await self._subscriber.revoked()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        self._subscriber.assigned(self._consumer, assigned)


async def _close(consumer: AIOKafkaConsumer) -> None:
    """Close within a few seconds; what hangs is cut off."""
    # A task of its own: while a fetch waits to try again, `stop` raises CancelledError without
    # anybody's having cancelled it (aiokafka 0.14), and that would end the caller.
    stopping = asyncio.create_task(consumer.stop(), name="stop the consumer")
    try:
        async with asyncio.timeout(BROKER_DEADLINE_S):
            await asyncio.wait([stopping])
    except TimeoutError:
        stopping.cancel()
    is_cut_off = not stopping.done() or stopping.cancelled()
    if is_cut_off or isinstance(stopping.exception(), BROKEN):
        await close(consumer._client)  # noqa: SLF001 - what `stop` did not come to
        return
    stopping.result()
