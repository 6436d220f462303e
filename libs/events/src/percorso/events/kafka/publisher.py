"""Publisher: many requests' records in one round of batches, answered when the broker has them.

One round is under way at a time; what arrives meanwhile makes the next one, so the round trip
is the linger and batches grow with the load. The queue is bounded. A round that fails or exceeds
its deadline means a new producer: an idempotent one does not survive a fence or a lost sequence
(aiokafka #1017). Records of a failed round may still arrive, so consumers drop duplicates.
"""

import asyncio
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import suppress

import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator
from aiokafka.record.default_records import DefaultRecordBatch

from percorso.events import metrics
from percorso.events.errors import QueueFull, Unavailable
from percorso.events.kafka.codec import Record
from percorso.events.kafka.connection import AWAY, AWAY_REASON, close, topic_fault
from percorso.events.pausing import pause
from percorso.events.topics import Topic

MAX_QUEUED_RECORDS = 20_000
# From here on requests are refused before they are read and judged. Under three times what a door
# bears, judging all and refusing then left no time to publish any within its deadline.
CROWDED_RECORDS = MAX_QUEUED_RECORDS // 2
MAX_QUEUED_BYTES = 64 * 1024 * 1024
ROUND_RECORDS = 5_000  # about 30 ms of CPU to append, so that HTTP goes on between rounds
REQUEST_DEADLINE_S = 1.8  # the door answers within 2 s
ROUND_DEADLINE_S = 5.0  # longer than a leader's change or a long pause of the broker's JVM
CONNECT_DEADLINE_S = 5.0
BATCH_BYTES = 512 * 1024
COMPRESS_FROM = 16  # zstd costs 25 us for a batch of one record, 3 us a record from about here
RECONNECT_DELAY_S = 0.5
PROBE_INTERVAL_S = 1.0

_log = structlog.get_logger(__name__)


class _Request:
    """One caller's records, waiting for their acknowledgement."""

    __slots__ = ("deadline", "done", "records", "size")

    def __init__(self, records: Sequence[Record]) -> None:
        self.records = records
        self.size = sum(len(record.value) for record in records)
        self.deadline = time.monotonic() + REQUEST_DEADLINE_S
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def expired(self) -> bool:
        return self.done.done() or time.monotonic() > self.deadline

    def succeed(self) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def fail(self) -> None:
        if not self.done.done():
            self.done.set_exception(Unavailable("the broker did not acknowledge in time"))
            self.done.exception()  # the caller may have gone; nobody else reads it


class Publisher:
    """Publishes to one topic; `run` owns the connection, `publish` may be called meanwhile."""

    def __init__(self, bootstrap: str, topic: Topic) -> None:
        self._bootstrap = bootstrap
        self._topic = topic
        self._producer: AIOKafkaProducer | None = None
        self._queue: deque[_Request] = deque()
        self._queued_records = 0
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._fault: str | None = "Kafka is not connected yet"

    async def check(self) -> str | None:
        """Return why nothing can be published now, None when all is well."""
        return self._fault

    def check_room(self) -> None:
        """Raise QueueFull when so much waits that more work on a request would be in vain."""
        if self._queued_records >= CROWDED_RECORDS:
            raise QueueFull("the publisher's queue is filling up")

    async def publish(self, records: Sequence[Record]) -> None:
        """Return when the broker has acknowledged every record (`acks=all`).

        QueueFull or Unavailable: some or none may be stored; publishing again is safe.
        """
        if not records:
            return
        if self._producer is None:
            raise Unavailable("the broker is away")
        request = _Request(records)
        self._enqueue(request)
        # A timer of the loop: `asyncio.timeout` costs as much as a record's encoding.
        expiry = asyncio.get_running_loop().call_later(REQUEST_DEADLINE_S, request.fail)
        try:
            await request.done
        finally:
            expiry.cancel()

    def _enqueue(self, request: _Request) -> None:
        if (
            self._queued_records + len(request.records) > MAX_QUEUED_RECORDS
            or self._queued_bytes + request.size > MAX_QUEUED_BYTES
        ):
            raise QueueFull("the publisher's queue is full")
        self._queue.append(request)
        self._count(request, 1)
        self._wake.set()

    def _count(self, request: _Request, sign: int) -> None:
        self._queued_records += sign * len(request.records)
        self._queued_bytes += sign * request.size
        metrics.PUBLISH_QUEUE.inc(sign * len(request.records))

    async def run(self, stop: asyncio.Event) -> None:
        """Connect, send rounds, and connect again for as long as it takes, until `stop` is set.

        What is queued when `stop` is set is still sent.
        """
        while not stop.is_set():
            producer = await self._connect(stop)
            if producer is None:
                return
            try:
                await self._send_rounds(producer, stop)
            except AWAY as failure:
                metrics.PUBLISHER_REBUILDS.inc()
                _log.warning("the producer is made anew", error=type(failure).__name__)
            finally:
                self._producer = None
                self._fault = self._fault or AWAY_REASON
                self._fail_queued()
                await _close(producer)

    async def _connect(self, stop: asyncio.Event) -> AIOKafkaProducer | None:
        while not stop.is_set():
            producer = AIOKafkaProducer(
                bootstrap_servers=self._bootstrap,
                acks="all",
                enable_idempotence=True,
                compression_type="zstd",
                linger_ms=0,
                max_batch_size=BATCH_BYTES,
                request_timeout_ms=int(ROUND_DEADLINE_S * 1_000),
                metadata_max_age_ms=30_000,
            )
            try:
                async with asyncio.timeout(CONNECT_DEADLINE_S):
                    await producer.start()
                    await self._probe(producer)
            except AWAY:
                self._fault = AWAY_REASON
                await _close(producer)
                await pause(stop, RECONNECT_DELAY_S)
                continue
            if self._fault is None:
                self._producer = producer
                return producer
            await _close(producer)
            await pause(stop, RECONNECT_DELAY_S)
        return None

    async def _probe(self, producer: AIOKafkaProducer) -> None:
        """Ask the broker about our topic: proof of life, and that its partitions are as declared."""
        self._fault = await topic_fault(producer.client, self._topic)

    async def _send_rounds(self, producer: AIOKafkaProducer, stop: asyncio.Event) -> None:
        while self._fault is None:
            if not await self._something_queued(stop):
                if stop.is_set():
                    return
                async with asyncio.timeout(ROUND_DEADLINE_S):
                    await self._probe(producer)
            elif round_ := list(self._next_round()):
                await self._send_round(producer, round_)

    async def _something_queued(self, stop: asyncio.Event) -> bool:
        self._wake.clear()
        if not self._queue and not stop.is_set():
            await pause(self._wake, PROBE_INTERVAL_S)
        return bool(self._queue)

    def _next_round(self) -> Iterator[_Request]:
        """Take what fits one round; requests whose caller has gone are not sent at all."""
        taken = 0
        while self._queue and taken < ROUND_RECORDS:
            request = self._queue.popleft()
            self._count(request, -1)
            if request.expired():
                request.fail()
                continue
            taken += len(request.records)
            yield request

    async def _send_round(self, producer: AIOKafkaProducer, round_: Sequence[_Request]) -> None:
        started = time.monotonic()
        try:
            async with asyncio.timeout(ROUND_DEADLINE_S):
                await self._send_batches(producer, round_)
        except BaseException:
            for request in round_:
                request.fail()
            raise
        for request in round_:
            request.succeed()
        metrics.PUBLISH_SECONDS.observe(time.monotonic() - started)
        metrics.PUBLISHED.labels(self._topic.name).inc(sum(len(r.records) for r in round_))

    async def _send_batches(self, producer: AIOKafkaProducer, round_: Sequence[_Request]) -> None:
        by_partition: dict[int, list[Record]] = defaultdict(list)
        for request in round_:
            for record in request.records:
                by_partition[self._topic.partition(record.key)].append(record)
        acknowledgements = []
        for partition, records in by_partition.items():
            for batch in _batches(records):
                sent = await producer.send_batch(batch, self._topic.name, partition=partition)
                sent.add_done_callback(_read_exception)
                acknowledgements.append(sent)
        # Not `gather`, which cuts a cancelled wait off from what becomes of the batches.
        done, _ = await asyncio.wait(acknowledgements, return_when=asyncio.FIRST_EXCEPTION)
        for acknowledgement in done:
            acknowledgement.result()

    def _fail_queued(self) -> None:
        while self._queue:
            request = self._queue.popleft()
            self._count(request, -1)
            request.fail()


def _batches(records: Sequence[Record]) -> Iterator[BatchBuilder]:
    remaining = deque(records)
    while remaining:
        batch = _new_batch(len(remaining))
        while remaining:
            record = remaining[0]
            added = batch.append(
                timestamp=None, key=record.key, value=record.value, headers=record.headers
            )
            if added is None:
                break
            remaining.popleft()
        batch.close()
        yield batch


def _new_batch(count: int) -> BatchBuilder:
    # `create_batch` has one compression for the producer's life; small batches want none.
    compression = (
        DefaultRecordBatch.CODEC_ZSTD if count >= COMPRESS_FROM else DefaultRecordBatch.CODEC_NONE
    )
    return BatchBuilder(BATCH_BYTES, compression)


def _read_exception(sent: "asyncio.Future[object]") -> None:
    if not sent.cancelled():
        sent.exception()


async def _close(producer: AIOKafkaProducer) -> None:
    """Close within two seconds; what hangs is cut off and its batches fail."""
    with suppress(*AWAY):
        async with asyncio.timeout(1.0):
            await producer.stop()
            return
    # `stop` waits for ever for batches that no broker takes; there is no public way to drop them.
    # The sender ends first: one that tries a batch again which has failed dies of a KeyError.
    with suppress(*AWAY, asyncio.CancelledError):
        async with asyncio.timeout(1.0):
            await producer._sender.close()  # noqa: SLF001
    _fail_batches(producer._message_accumulator)  # noqa: SLF001
    await close(producer.client)


def _fail_batches(accumulator: MessageAccumulator) -> None:
    """Fail every batch that is left, and read the errors that nobody else will."""
    waiting = [batch for batches in accumulator._batches.values() for batch in batches]  # noqa: SLF001
    # A batch that waits for another try takes itself, when it fails, off those under way.
    accumulator._pending_batches.update(waiting)  # noqa: SLF001
    accumulator.fail_all(KafkaError("given up"))
    for batch in waiting:
        batch._drain_waiter.exception()  # noqa: SLF001
