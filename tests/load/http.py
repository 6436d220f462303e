"""A load generator that takes little CPU: requests are bytes made beforehand, answers are scanned.

Own code, since the field's clients take several times the CPU of what they would measure here.
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

import uvloop

_LENGTH = b"content-length: "
_ACCEPTED = b'{"accepted":'


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes

    @property
    def accepted(self) -> int:
        """Return how many events were taken, 0 if the answer does not say."""
        if not self.body.startswith(_ACCEPTED):
            return 0
        return int(self.body[len(_ACCEPTED) :].split(b",", 1)[0])


@dataclass(slots=True)
class Answers:
    """What came back for a load: how often each status, and how long each answer took in seconds."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)  # from when it was due
    asked: list[float] = field(default_factory=list)  # from when it was sent
    accepted: int = 0
    lost: int = 0  # requests whose connection broke
    began: float = 0.0  # by `time.perf_counter`
    took_s: float = 0.0

    def add(self, answer: Answer, seconds: float) -> None:
        """Count one answer."""
        self.statuses[answer.status] += 1
        self.accepted += answer.accepted
        self.seconds.append(seconds)


def post(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """Write a POST request."""
    return _head("POST", url, {"Content-Length": str(len(body)), **headers}) + body


def get(url: str, headers: Mapping[str, str]) -> bytes:
    """Write a GET request."""
    return _head("GET", url, headers)


def _head(method: str, url: str, headers: Mapping[str, str]) -> bytes:
    place = urlsplit(url)
    target = f"{place.path}?{place.query}" if place.query else place.path
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{method} {target} HTTP/1.1\r\nHost: {place.netloc}\r\n{lines}\r\n".encode()


class Connection(asyncio.Protocol):
    """One kept-alive connection; one question at a time."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._lost: Exception | None = None
        self._received = b""
        self._answered: asyncio.Future[Answer] | None = None

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return the answer; OSError when the connection is lost."""
        if self._lost:
            raise self._lost
        self._answered = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answered

    def close(self) -> None:
        """Close it."""
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport; asyncio's name."""
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Give the answer to whoever waits when it is whole; asyncio's name."""
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._received = b""
        if self._answered and not self._answered.done():
            self._answered.set_result(Answer(int(head[9:12]), body))

    def connection_lost(self, error: Exception | None) -> None:
        """Fail whoever waits; asyncio's name."""
        self._lost = error or ConnectionResetError()
        if self._answered and not self._answered.done():
            self._answered.set_exception(self._lost)


def _length(head: bytes) -> int:
    at = head.lower().index(_LENGTH) + len(_LENGTH)
    return int(head[at:].split(b"\r", 1)[0])


@asynccontextmanager
async def connected(url: str, count: int) -> AsyncIterator[list[Connection]]:
    """Open connections, and close them at the end."""
    place, loop, made = urlsplit(url), asyncio.get_running_loop(), list[Connection]()
    try:
        for _ in range(count):
            _, connection = await loop.create_connection(
                Connection, f"{place.hostname}", place.port or 80
            )
            made.append(connection)
        yield made
    finally:
        for connection in made:
            connection.close()


def closed_loop(url: str, requests: Iterable[bytes], *, connections: int) -> Answers:
    """Send all requests; each connection sends its next one when it is answered."""
    return uvloop.run(_closed_loop(url, requests, connections))


async def _closed_loop(url: str, requests: Iterable[bytes], connections: int) -> Answers:
    answers, shared = Answers(), iter(requests)

    async def work(connection: Connection) -> None:
        for request in shared:
            asked_at = time.perf_counter()
            answers.add(await connection.ask(request), time.perf_counter() - asked_at)

    async with connected(url, connections) as made:
        answers.began = time.perf_counter()
        await asyncio.gather(*map(work, made))
        answers.took_s = time.perf_counter() - answers.began
    return answers


async def open_loop(
    made: Sequence[Connection], requests: Iterable[bytes], *, per_s: float
) -> Answers:
    """Send requests at a rate, whatever becomes of those before.

    An answer's time counts from when its request was due, so that waiting for a free connection
    is part of it.
    """
    answers, idle = Answers(), asyncio.Queue[Connection]()
    for connection in made:
        idle.put_nowait(connection)

    async def send(request: bytes, due: float) -> None:
        connection = await idle.get()
        asked_at = time.perf_counter()
        try:
            answers.add(await connection.ask(request), time.perf_counter() - due)
            answers.asked.append(time.perf_counter() - asked_at)
        except OSError:
            answers.lost += 1
        finally:
            idle.put_nowait(connection)

    answers.began = time.perf_counter()
    async with asyncio.TaskGroup() as sending:
        for number, request in enumerate(requests):
            due = answers.began + number / per_s
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sending.create_task(send(request, due))
    answers.took_s = time.perf_counter() - answers.began
    return answers


def repeated(requests: Sequence[bytes], seconds: float) -> Iterator[bytes]:
    """Repeat requests for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield from requests
