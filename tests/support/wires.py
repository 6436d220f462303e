"""A service's application on a socket as `serve` puts it there, and a client that sends bytes."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp

from percorso.chassis import runtime
from tests.support.waiting import until

LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body as JSON."""
        return json.loads(self.body)


class Wire:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, *parts: bytes) -> None:
        """Send bytes; what the other side no longer takes is dropped."""
        try:
            for part in parts:
                self._writer.write(part)
                await self._writer.drain()
        except ConnectionError:
            return

    async def answer(self, *, has_body: bool = True) -> Answer:
        """Read one answer."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        if status == 100:
            return Answer(status, headers, b"")
        length = int(headers.get("content-length", "0")) if has_body else 0
        return Answer(status, headers, await self._reader.readexactly(length))

    async def is_closed(self) -> bool:
        """Say whether the other side closes within ten seconds, and sends nothing before."""
        try:
            async with asyncio.timeout(10):
                return await self._reader.read(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    async def is_cut_off(self) -> bool:
        """Say whether the other side closes within ten seconds, whatever it sends before."""
        try:
            async with asyncio.timeout(10):
                await self._reader.read()
        except ConnectionError:
            return True
        except TimeoutError:
            return False
        return True

    def cut(self) -> None:
        """Leave without a word."""
        self._writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Listener:
    """Where a server listens."""

    port: int

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Wire]:
        """Yield a connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=LIMIT)
        try:
            yield Wire(reader, writer)
        finally:
            writer.transport.abort()


@asynccontextmanager
async def listening(app: ASGIApp, port: int = 0) -> AsyncIterator[Listener]:
    """Serve the application by the server of the chassis on a port, by default a free one."""
    listener = socket.create_server(("127.0.0.1", port))
    server = runtime._server(app)
    serving = asyncio.create_task(server.serve(sockets=[listener]), name="http")
    try:
        await until(lambda: server.started)
        yield Listener(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await serving
        listener.close()


def request(
    headers: dict[str, str], body: bytes = b"", *, line: str = "POST /v1/events", **more: str
) -> bytes:
    """Write a request; its length is that of the body unless another is given."""
    own = {"Host": "identity.example", "Content-Length": str(len(body))} | headers
    own |= {name.replace("_", "-"): value for name, value in more.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in own.items() if value)
    return f"{line} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def chunked(*parts: bytes) -> bytes:
    """Write a body in chunks."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))
