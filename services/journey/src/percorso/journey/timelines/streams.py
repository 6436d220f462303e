"""Open streams of timelines, and the one connection that hears of new touchpoints for them all."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from asyncpg import Pool

from percorso.chassis import logs
from percorso.chassis.postgres import connection
from percorso.events.errors import QueueFull, Unavailable
from percorso.events.pausing import pause
from percorso.journey.timelines import news
from percorso.journey.timelines.news import News

MAX_STREAMS = 1_000  # of one process; each costs a task and a socket
MAX_WAITING = 1_000  # news of one stream; a reader who is slower than that reads the page
PROBE_S = 5.0  # a connection that was cut without a word is noticed
RETRY_S = 0.5

_log = logs.get(__name__)


class Stream:
    """One reader's queue; `subjects` may change while it is open."""

    def __init__(self, subjects: Iterable[UUID]) -> None:
        self.subjects = frozenset(subjects)
        self._waiting: asyncio.Queue[News | None] = asyncio.Queue(MAX_WAITING)

    def tell(self, news: News | None) -> None:
        """Add news, None for the end; what a full queue cannot take is left out."""
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait(news)

    async def next(self, within_s: float) -> News | None:
        """Return the next news; TimeoutError if there is none in time, None at the end."""
        async with asyncio.timeout(within_s):
            return await self._waiting.get()


class Streams:
    """Every open stream of this process, by the subjects it is about."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._by_subject: dict[UUID, set[Stream]] = defaultdict(set)
        self._open: set[Stream] = set()

    def check_room(self) -> None:
        """Raise QueueFull when as many streams are open as may be."""
        if len(self._open) >= MAX_STREAMS:
            raise QueueFull("too many streams are open")

    @contextmanager
    def opened(self, subjects: Iterable[UUID]) -> Iterator[Stream]:
        """Yield a stream about these subjects."""
        stream = Stream(subjects)
        self._open.add(stream)
        self._enter(stream)
        try:
            yield stream
        finally:
            self._leave(stream)
            self._open.discard(stream)

    def follow(self, stream: Stream, subjects: Iterable[UUID]) -> None:
        """Let a stream be about these subjects from now on: links may have changed."""
        if stream.subjects != (wanted := frozenset(subjects)):
            self._leave(stream)
            stream.subjects = wanted
            self._enter(stream)

    def close(self) -> None:
        """End every stream: the process is asked to stop."""
        for stream in self._open:
            stream.tell(None)

    async def run(self, stop: asyncio.Event) -> None:
        """Hear of new touchpoints until `stop` is set; what happens while cut off is not told."""
        while not stop.is_set():
            try:
                await self._listen(stop)
            except Unavailable:
                _log.info("streams hear nothing: the database is away")
            await pause(stop, RETRY_S)

    async def _listen(self, stop: asyncio.Event) -> None:
        async with connection(self._pool) as held:
            await held.add_listener(news.CHANNEL, self._hear)
            try:
                while not stop.is_set():
                    await held.execute("SELECT")
                    await pause(stop, PROBE_S)
            finally:
                if not held.is_closed():
                    await held.remove_listener(news.CHANNEL, self._hear)

    def _hear(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        if not self._by_subject:
            return
        for each in news.read(str(payload)):
            for stream in self._by_subject.get(each.subject, ()):
                stream.tell(each)

    def _enter(self, stream: Stream) -> None:
        for subject in stream.subjects:
            self._by_subject[subject].add(stream)

    def _leave(self, stream: Stream) -> None:
        for subject in stream.subjects:
            self._by_subject[subject].discard(stream)
            if not self._by_subject[subject]:
                del self._by_subject[subject]
